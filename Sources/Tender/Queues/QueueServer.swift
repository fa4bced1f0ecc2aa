// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import GuestMemory
internal import HVTABI
internal import SystemCalls

/// Serves the queues of a machine's devices, on the machine's own thread: at a doorbell, and in `poll`.
final class QueueServer {
  let nets: [Box<NetQueues>]
  let blocks: [Box<BlockQueue>]

  /// The queues of `table`, whose devices are `configuration`'s.
  init(
    _ configuration: MachineConfiguration, _ table: QueueTable, _ counters: MachineCounters,
    stop: StopSignal
  ) {
    var nets: [Box<NetQueues>] = []
    var blocks: [Box<BlockQueue>] = []
    for (index, entry) in table.entries.enumerated() {
      switch configuration.attachments[Int(entry.handle)] {
      case .net(let device)? where entry.kind == QueueKind.receive.rawValue:
        // A device's transmit queue follows.
        let transmit = table.entries[index + 1]
        nets.append(Box(NetQueues(device, receive: entry, transmit: transmit, counters)))
      case .block(let device)?:
        let usesRing = configuration.usesIOURing
        blocks.append(Box(BlockQueue(device, entry, counters, stop: stop, usesRing: usesRing)))
      default: break
      }
    }
    self.nets = nets
    self.blocks = blocks
  }

  /// Whether the guest has none.
  var isEmpty: Bool { nets.isEmpty && blocks.isEmpty }

  /// Whether the device with `handle` is used through queues.
  func serves(_ handle: UInt64) -> Bool {
    nets.contains { $0.value.handle == handle } || blocks.contains { $0.value.handle == handle }
  }

  /// Does what the guest has made available, and receives what there are buffers for. Never waits for a
  /// network.
  func serve(_ memory: borrowing GuestMemory) throws(ServiceError) {
    for queue in blocks { try queue.value.serve(memory) }
    for queues in nets { try queues.value.serve(memory) }
  }

  /// Carries out all requests that a guest which has halted has made available.
  func complete(_ memory: borrowing GuestMemory) throws(ServiceError) {
    for queue in blocks { try queue.value.complete(memory) }
  }

  /// Waits for what is under way, so that the memory can go. The last call, on the thread that served.
  func finish(_ memory: borrowing GuestMemory) {
    for queue in blocks { queue.value.finish(memory) }
  }

  /// Asks the guest for a doorbell at whatever it makes available next.
  func armDoorbells(_ memory: borrowing GuestMemory) {
    for queue in blocks { queue.value.armDoorbell(memory) }
    for queues in nets { queues.value.armDoorbells(memory) }
  }

  /// The devices of which the guest has not seen everything that is used, as `poll` returns them.
  func news(_ memory: borrowing GuestMemory) -> UInt64 {
    var set: UInt64 = 0
    for queue in blocks where queue.value.hasNews(memory) { set |= 1 << queue.value.handle }
    for queues in nets where queues.value.hasNews(memory) { set |= 1 << queues.value.handle }
    return set
  }
}
