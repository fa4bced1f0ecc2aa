// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import GuestMemory
internal import HVTABI
internal import SystemCalls

/// Serves the queues of a machine's devices, on the machine's own thread: at a doorbell, and in `poll`.
final class QueueServer {
  let nets: [NetQueues]
  let blocks: [BlockQueue]

  /// The queues of `table`, whose devices are `configuration`'s.
  init(
    _ configuration: MachineConfiguration, _ table: QueueTable, _ counter: StatisticsCounter,
    stop: StopSignal
  ) {
    var nets: [NetQueues] = []
    var blocks: [BlockQueue] = []
    for (index, entry) in table.entries.enumerated() {
      switch configuration.attachments[Int(entry.handle)] {
      case .net(let device)? where entry.kind == QueueKind.receive.rawValue:
        // A device's transmit queue follows.
        nets.append(
          NetQueues(
            device, receive: entry, transmit: table.entries[index + 1], counter))
      case .block(let device)?:
        blocks.append(
          BlockQueue(
            device, entry, counter, stop: stop, usesRing: configuration.usesIOURing))
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
    nets.contains { $0.handle == handle } || blocks.contains { $0.handle == handle }
  }

  /// Does what the guest has made available, and receives what there are buffers for. Never waits for a
  /// network.
  func serve(_ memory: borrowing GuestMemory) throws(ServiceError) {
    for queue in blocks { try queue.serve(memory) }
    for queues in nets { try queues.serve(memory) }
  }

  /// Carries out all requests that a guest which has halted has made available.
  func complete(_ memory: borrowing GuestMemory) throws(ServiceError) {
    for queue in blocks { try queue.complete(memory) }
  }

  /// Waits for what is under way, so that the memory can go. The last call, on the thread that served.
  func finish(_ memory: borrowing GuestMemory) {
    for queue in blocks { queue.finish(memory) }
  }

  /// Asks the guest for a doorbell at whatever it makes available next.
  func armDoorbells(_ memory: borrowing GuestMemory) {
    for queue in blocks { queue.armDoorbell(memory) }
    for queues in nets { queues.armDoorbells(memory) }
  }

  /// The devices of which the guest has not seen everything that is used, as `poll` returns them.
  func news(_ memory: borrowing GuestMemory) -> UInt64 {
    var set: UInt64 = 0
    for queue in blocks where queue.hasNews(memory) { set |= 1 << queue.handle }
    for queues in nets where queues.hasNews(memory) { set |= 1 << queues.handle }
    return set
  }
}
