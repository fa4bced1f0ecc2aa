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
        nets.append(Box(NetQueues(device, receive: entry, transmit: transmit, counters)))
        descriptors.append(device.readinessDescriptor)
      case .block(let device)?:
        let usesRing = configuration.usesIOURing
        blocks.append(Box(BlockQueue(device, entry, counters, stop: stop, usesRing: usesRing)))
      default: break
      }
    }
    self.nets = nets
    self.blocks = blocks
    completing = blocks.filter { $0.value.completionDescriptor != nil }
    self.descriptors = descriptors + completing.compactMap { $0.value.completionDescriptor }
    self.counters = counters
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
    for queue in blocks { try queue.value.complete(memory) }
    for queues in nets { _ = try queues.value.serve(memory) }
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
