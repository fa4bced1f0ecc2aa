// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import GuestMemory
internal import HVTABI
internal import Sandbox
internal import SystemCalls

/// Serves the queues of a machine's devices, on one thread: by itself the machine's own, at a doorbell
/// and in `poll`.
final class QueueServer: QueueService {
  let nets: [Box<NetQueues>]
  let blocks: [Box<BlockQueue>]
  /// Those of the block queues whose requests are done later.
  private let completing: [Box<BlockQueue>]
  /// Those of the net devices, then of `completing`.
  let descriptors: [CInt]
  private let counters: MachineCounters
  private let stop: StopSignal
  private let hasLimits: Bool

  /// How long a wait of a guest that has halted is at most: then it is time to look for a stop.
  private static let longestPause: UInt64 = 10_000_000

  /// The queues of `table`, whose devices are `configuration`'s.
  init(
    _ configuration: MachineConfiguration, _ table: QueueTable, _ counters: MachineCounters,
    stop: StopSignal
  ) {
    var nets: [Box<NetQueues>] = []
    var blocks: [Box<BlockQueue>] = []
    var descriptors: [CInt] = []
    for (index, entry) in table.entries.enumerated() {
      switch configuration.attachments[Int(entry.handle)] {
      case .net(let device)? where entry.kind == QueueKind.receive.rawValue:
        // A device's transmit queue follows.
        let transmit = table.entries[index + 1]
        let limits = configuration.limits[Int(entry.handle)]
        nets.append(
          Box(NetQueues(device, receive: entry, transmit: transmit, counters, limits)))
        descriptors.append(device.readinessDescriptor)
      case .block(let device)?:
        let usesRing = configuration.usesIOURing
        let limiter = DeviceLimiter(configuration.limits[Int(entry.handle)])
        blocks.append(
          Box(BlockQueue(device, entry, counters, limiter, stop: stop, usesRing: usesRing)))
      default: break
      }
    }
    self.nets = nets
    self.blocks = blocks
    completing = blocks.filter { $0.value.completionDescriptor != nil }
    self.descriptors = descriptors + completing.compactMap { $0.value.completionDescriptor }
    self.counters = counters
    self.stop = stop
    hasLimits = configuration.hasDeviceLimits
  }

  var isEmpty: Bool { nets.isEmpty && blocks.isEmpty }

  func serves(_ handle: UInt64) -> Bool {
    nets.contains { $0.value.handle == handle } || blocks.contains { $0.value.handle == handle }
  }

  func doorbellRang(_ memory: borrowing GuestMemory) throws(ServiceError) {
    counters.doorbells.add()
    try serve(memory)
    _ = prepareToSleep(memory)
  }

  func look(_ memory: borrowing GuestMemory) throws(ServiceError) -> QueueNews {
    try serve(memory)
    _ = prepareToSleep(memory)
    return news(memory)
  }

  /// Does what the guest has made available, and receives what there are buffers for. Never waits for a
  /// network. Whether there was anything.
  @discardableResult
  func serve(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    var hasWorked = false
    for queue in blocks where try queue.value.serve(memory) { hasWorked = true }
    for queues in nets where try queues.value.serve(memory) { hasWorked = true }
    return hasWorked
  }

  /// Asks the guest for a doorbell at whatever it makes available next.
  func prepareToSleep(_ memory: borrowing GuestMemory) -> Bool {
    var hasMore = false
    for queue in blocks where queue.value.armDoorbell(memory) { hasMore = true }
    for queues in nets where queues.value.armDoorbells(memory) { hasMore = true }
    return !hasMore
  }

  func wokeUp() {}

  func becameReady(_ index: Int) {
    if index >= nets.count { completing[index - nets.count].value.lowerCompletion() }
  }

  /// A frame without a buffer to put it into is nothing to wake up for, nor is a disk without requests.
  func isWatched(_ index: Int) -> Bool {
    index < nets.count
      ? nets[index].value.canReceive : completing[index - nets.count].value.isBusy
  }

  func complete(_ memory: borrowing GuestMemory) throws(ServiceError) {
    repeat {
      for queue in blocks { try queue.value.complete(memory) }
      for queues in nets { _ = try queues.value.serve(memory) }
    } while try awaitHeld()
  }

  /// Waits until something may pass that a limit holds back; false when there is no such thing, or the
  /// guest is to stop. Frames that it might receive are nothing to a guest that has halted.
  private func awaitHeld() throws(ServiceError) -> Bool {
    let now = monotonicNanoseconds()
    let held =
      blocks.compactMap { $0.value.heldNanoseconds(at: now) }
      + nets.compactMap { $0.value.heldNanoseconds(at: now, alsoReceiving: false) }
    guard let next = held.min() else { return false }
    do throws(SystemCallError) {
      var poll = PollSet(readable: [stop.descriptor])
      _ = try poll.wait(timeoutNanoseconds: min(next, Self.longestPause))
      return try !stop.isRequested()
    } catch {
      throw .host(error)
    }
  }

  func heldNanoseconds(at now: UInt64) -> UInt64? {
    guard hasLimits else { return nil }
    var held: UInt64?
    for queue in blocks {
      if let next = queue.value.heldNanoseconds(at: now) { held = min(held ?? .max, next) }
    }
    for queues in nets {
      if let next = queues.value.heldNanoseconds(at: now) { held = min(held ?? .max, next) }
    }
    return held
  }

  /// On the thread that serves, before it is confined.
  func prepare() {
    for queue in blocks { queue.value.enableRing() }
  }

  var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    for queue in blocks { access.add(queue.value.descriptorAccess) }
    for queues in nets { access.add(queues.value.device.descriptorAccess) }
    return access
  }

  var threadAccess: DescriptorAccess { DescriptorAccess() }

  /// Nothing: the machine's thread serves.
  func start(
    entering enter: @escaping @Sendable () throws(MachineError) -> Void
  ) throws(MachineError) {}

  /// On the thread that served.
  func finish(_ memory: borrowing GuestMemory) {
    for queue in blocks { queue.value.finish(memory) }
  }

  func check() {}

  func news(_ memory: borrowing GuestMemory) -> QueueNews {
    var news = QueueNews()
    for queue in blocks { news.add(queue.value.newsCount(memory), from: queue.value.handle) }
    for queues in nets { news.add(queues.value.newsCount(memory), from: queues.value.handle) }
    return news
  }
}
