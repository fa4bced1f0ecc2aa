// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import GuestMemory
import HVTABI
import SystemCalls
import Testing

@testable import Tender

/// A machine's memory with its queues, and the guest's side of them.
struct QueueFixture: ~Copyable {
  let memory: GuestMemory
  let server: QueueServer
  let counters: MachineCounters
  let stop: StopSignal
  let table: QueueTable
  private let next: Next

  /// By queue, what the guest uses next.
  private final class Next {
    var descriptor: [UInt16]
    var head: [UInt16]

    init(count: Int) {
      descriptor = Array(repeating: 0, count: count)
      head = descriptor
    }
  }

  /// Where buffers are: the heap.
  static let buffers: UInt64 = 0x20_0000

  init(
    devices: [ImageFixture.Device], accepts: UInt32 = 0,
    attach: (inout MachineConfiguration) throws -> Void
  ) throws {
    var fixture = ImageFixture(devices: devices)
    fixture.queues = (receive: 8, transmit: 8, request: 1024, accepts: accepts)
    var configuration = MachineConfiguration(
      image: try fixture.image(), console: BufferConsole())
    configuration.memorySize = 16 << 20
    try attach(&configuration)
    let map = try configuration.validated()
    var memory = try GuestMemory(byteCount: map.memorySize)
    memory.regions = map.regions
    let table = try configuration.queueTable(at: map.queues.lowerBound)
    let stop = try StopSignal()
    counters = MachineCounters(configuration.image.headers.manifest)
    server = QueueServer(configuration, table, counters, stop: stop)
    self.stop = stop
    self.table = table
    next = Next(count: table.entries.count)
    self.memory = memory
  }

  /// A buffer of a chain.
  struct Buffer {
    var address: UInt64
    var count: UInt32
    var isWritten = false
  }

  /// Makes a chain of `buffers` available on the queue with `index`; its head.
  @discardableResult
  func post(_ index: Int, _ buffers: [Buffer]) -> UInt16 {
    let entry = table.entries[index]
    let head = next.descriptor[index]
    for (position, buffer) in buffers.enumerated() {
      let isLast = position == buffers.count - 1
      let number = (head &+ UInt16(position)) % entry.size
      var descriptor = QueueDescriptor()
      descriptor.address = buffer.address
      descriptor.length = buffer.count
      descriptor.flags = (isLast ? 0 : 1) | (buffer.isWritten ? 2 : 0)
      descriptor.next = (number + 1) % entry.size
      memory.store(descriptor, at: GuestAddress(entry.descriptors + UInt64(number) * 16))
    }
    next.descriptor[index] = (head &+ UInt16(buffers.count)) % entry.size
    let slot = UInt64(next.head[index] % entry.size)
    memory.store(head, at: GuestAddress(entry.available + 4 + 2 * slot))
    next.head[index] &+= 1
    memory.store(next.head[index], at: GuestAddress(entry.available + 2))
    return head
  }

  /// How many chains the queue with `index` has given back.
  func usedIndex(_ index: Int) -> UInt16 {
    memory.load(UInt16.self, at: GuestAddress(table.entries[index].used + 2)) ?? 0
  }

  /// Says that the guest has seen the first `count` chains that were given back (`used_event`).
  func take(_ index: Int, upTo count: UInt16) {
    let entry = table.entries[index]
    memory.store(count, at: GuestAddress(entry.available + 4 + 2 * UInt64(entry.size)))
  }

  /// The elements of the used ring so far.
  func used(_ index: Int) -> [(head: UInt32, length: UInt32)] {
    let entry = table.entries[index]
    return (0..<usedIndex(index)).map { number in
      let address = entry.used + 4 + 8 * UInt64(number % entry.size)
      let element = memory.load(UsedElement.self, at: GuestAddress(address)) ?? UsedElement()
      return (element.head, element.length)
    }
  }

  /// Serves the queues until nothing is under way; the fault if the guest is at one.
  func serve() throws -> GuestFault.Cause? {
    do throws(ServiceError) {
      try server.serve(memory)
      for queue in server.blocks {
        while queue.value.isBusy, let descriptor = queue.value.completionDescriptor {
          var poll = PollSet(readable: [descriptor])
          #expect((try? poll.wait(timeoutNanoseconds: 10_000_000_000)) == 1)
          queue.value.lowerCompletion()
          try server.serve(memory)
        }
      }
      return nil
    } catch {
      guard case .guest(let fault) = error else { throw error }
      return fault.cause
    }
  }
}
