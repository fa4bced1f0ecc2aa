// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import GuestMemory
internal import HVTABI
internal import SystemCalls

/// Serves the queues of a machine's devices, on one thread: by itself the machine's own, at a doorbell
/// and in `poll`.
final class QueueServer: QueueService {
  let nets: [Box<NetQueues>]
  let blocks: [BlockQueue]
  /// Those of the net devices.
  let descriptors: [CInt]
  private let counters: MachineCounters

  /// The queues of `table`, whose devices are `configuration`'s.
  init(
    _ configuration: MachineConfiguration, _ table: QueueTable, _ counters: MachineCounters,
    stop: StopSignal
  ) {
    var nets: [Box<NetQueues>] = []
    var blocks: [BlockQueue] = []
    var descriptors: [CInt] = []
    for (index, entry) in table.entries.enumerated() {
      switch configuration.attachments[Int(entry.handle)] {
      case .net(let device)? where entry.kind == QueueKind.receive.rawValue:
        // A device's transmit queue follows.
        let transmit = table.entries[index + 1]
        nets.append(Box(NetQueues(device, receive: entry, transmit: transmit, counters)))
        descriptors.append(device.readinessDescriptor)
      case .block(let device)?:
        blocks.append(BlockQueue(device, entry, counters, stop: stop))
      default: break
      }
    }
    self.nets = nets
    self.blocks = blocks
    self.descriptors = descriptors
    self.counters = counters
  }

  var isEmpty: Bool { nets.isEmpty && blocks.isEmpty }

  func serves(_ handle: UInt64) -> Bool {
    nets.contains { $0.value.handle == handle } || blocks.contains { $0.handle == handle }
  }

  func doorbellRang(_ memory: borrowing GuestMemory) throws(ServiceError) {
    counters.doorbells.add()
    try serve(memory)
    _ = prepareToSleep(memory)
  }

  func look(_ memory: borrowing GuestMemory) throws(ServiceError) -> UInt64 {
    try serve(memory)
    _ = prepareToSleep(memory)
    return news(memory)
  }

  /// Does what the guest has made available, and receives what there are buffers for. Never waits for a
  /// network. Whether there was anything.
  @discardableResult
  func serve(_ memory: borrowing GuestMemory) throws(ServiceError) -> Bool {
    var hasWorked = false
    for queue in blocks where try queue.serve(memory) { hasWorked = true }
    for queues in nets where try queues.value.serve(memory) { hasWorked = true }
    return hasWorked
  }

  /// Asks the guest for a doorbell at whatever it makes available next.
  func prepareToSleep(_ memory: borrowing GuestMemory) -> Bool {
    var hasMore = false
    for queue in blocks where queue.armDoorbell(memory) { hasMore = true }
    for queues in nets where queues.value.armDoorbells(memory) { hasMore = true }
    return !hasMore
  }

  func wokeUp() {}

  /// A frame without a buffer to put it into is nothing to wake up for.
  func isWatched(_ index: Int) -> Bool { nets[index].value.canReceive }

  func complete(_ memory: borrowing GuestMemory) throws(ServiceError) { try serve(memory) }

  func check() {}

  func news(_ memory: borrowing GuestMemory) -> UInt64 {
    var set: UInt64 = 0
    for queue in blocks where queue.hasNews(memory) { set |= 1 << queue.handle }
    for queues in nets where queues.value.hasNews(memory) { set |= 1 << queues.value.handle }
    return set
  }
}
