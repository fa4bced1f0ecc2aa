// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import GuestMemory
import HVTABI
import Testing

@testable import Tender

/// A machine's memory with its queues, and the guest's side of them.
struct QueueFixture: ~Copyable {
  let memory: GuestMemory
  let server: QueueServer
  let counters: MachineCounters
  let stop: StopSignal
  private let entries: [QueueEntry]
  private var nextDescriptor: [UInt16]
  private var nextHead: [UInt16]

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
    entries = table.entries
    nextDescriptor = Array(repeating: 0, count: entries.count)
    nextHead = nextDescriptor
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
  mutating func post(_ index: Int, _ buffers: [Buffer]) -> UInt16 {
    let entry = entries[index]
    let head = nextDescriptor[index]
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
    nextDescriptor[index] = (head &+ UInt16(buffers.count)) % entry.size
    let slot = UInt64(nextHead[index] % entry.size)
    memory.store(head, at: GuestAddress(entry.available + 4 + 2 * slot))
    nextHead[index] &+= 1
    memory.store(nextHead[index], at: GuestAddress(entry.available + 2))
    return head
  }

  /// The elements of the used ring so far.
  func used(_ index: Int) -> [(head: UInt32, length: UInt32)] {
    let entry = entries[index]
    let count = memory.load(UInt16.self, at: GuestAddress(entry.used + 2)) ?? 0
    return (0..<count).map { number in
      let address = entry.used + 4 + 8 * UInt64(number % entry.size)
      let element = memory.load(UsedElement.self, at: GuestAddress(address)) ?? UsedElement()
      return (element.head, element.length)
    }
  }

  /// Serves the queues; the fault if the guest is at one.
  func serve() throws -> GuestFault.Cause? {
    do throws(ServiceError) {
      try server.serve(memory)
      return nil
    } catch {
      guard case .guest(let fault) = error else { throw error }
      return fault.cause
    }
  }
}
