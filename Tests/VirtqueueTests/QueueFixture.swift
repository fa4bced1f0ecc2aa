// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Virtqueue

extension QueueDescriptor {
  /// A descriptor of `length` bytes at `address`.
  static func at(
    _ address: UInt64, _ length: UInt32, _ flags: Int = 0, next: UInt16 = 0
  ) -> Self {
    Self(address: address, length: length, flags: UInt16(flags), next: next)
  }
}

/// A queue in guest memory, written by hand as a guest would.
final class QueueFixture {
  static let program: UInt64 = 0x2000
  static let constants: UInt64 = 0x3000
  static let heap: UInt64 = 0x4000
  static let rings: UInt64 = 0x10_0000
  static let heapEnd: UInt64 = 0x20_0000

  let memory: GuestMemory
  let entry: QueueEntry
  private var queue: Virtqueue
  /// What the guest's available index is.
  var available: UInt16 = 0

  init(size: Int) throws {
    var memory = try GuestMemory(byteCount: GuestMemory.largePageSize)
    memory.regions.append(MemoryRegion(.tender, 0x1000..<Self.program, [.read, .write]))
    memory.regions.append(
      MemoryRegion(.program, Self.program..<Self.constants, [.guest, .read, .execute]))
    memory.regions.append(MemoryRegion(.program, Self.constants..<Self.heap, [.guest, .read]))
    memory.regions.append(
      MemoryRegion(.heap, Self.heap..<Self.rings, [.guest, .read, .write]))
    memory.regions.append(
      MemoryRegion(.queues, Self.rings..<Self.heapEnd, [.guest, .read, .write]))
    self.memory = memory
    entry = QueueEntry.fixture(size: size, at: Self.rings)
    queue = Virtqueue(entry)
  }

  // MARK: - As the guest

  func describe(_ index: Int, _ descriptor: QueueDescriptor) {
    memory.store(descriptor, at: GuestAddress(entry.descriptors + 16 * UInt64(index)))
  }

  /// Makes a chain of the descriptors `heads` available.
  func offer(_ heads: UInt16...) {
    for head in heads {
      let slot = UInt64(available & (entry.size - 1))
      memory.store(head, at: GuestAddress(entry.available + 4 + 2 * slot))
      available &+= 1
    }
    memory.store(available, at: GuestAddress(entry.available + 2))
  }

  func setAvailable(_ index: UInt16) {
    available = index
    memory.store(index, at: GuestAddress(entry.available + 2))
  }

  func setUsedEvent(_ index: UInt16) {
    memory.store(index, at: GuestAddress(entry.available + 4 + 2 * UInt64(entry.size)))
  }

  var availableEvent: UInt16 { load(entry.used + 4 + 8 * UInt64(entry.size)) }

  var usedIndex: UInt16 { load(entry.used + 2) }

  func usedElement(_ slot: Int) -> (head: UInt32, length: UInt32) {
    let address = entry.used + 4 + 8 * UInt64(slot)
    return (load(address), load(address + 4))
  }

  /// What is next to the used ring: in front of it a word, and everything behind it.
  private var aroundUsedRing: [(address: UInt64, count: UInt64)] {
    let end = entry.used + 6 + 8 * UInt64(entry.size)
    let front = entry.available + 6 + 2 * UInt64(entry.size)
    return [(front, entry.used - front), (end, 0x1000)]
  }

  func fillAroundUsedRing(with byte: UInt8) {
    for (address, count) in aroundUsedRing {
      for offset in 0..<count { memory.store(byte, at: GuestAddress(address + offset)) }
    }
  }

  func isFilledAroundUsedRing(with byte: UInt8) -> Bool {
    aroundUsedRing.allSatisfy { address, count in
      (0..<count).allSatisfy { load(address + $0) == byte }
    }
  }

  private func load<Value: BitwiseCopyable>(_ address: UInt64) -> Value {
    guard let value = memory.load(Value.self, at: GuestAddress(address)) else {
      preconditionFailure("the rings are the guest's to read")
    }
    return value
  }

  // MARK: - As the tender

  func take() throws(QueueFault) -> Bool { try queue.take(from: memory) }

  /// Takes a chain; its head, or nil when there is none.
  func taken() throws(QueueFault) -> UInt16? {
    try queue.take(from: memory) ? queue.chain.head : nil
  }

  func put(_ head: UInt16, _ length: UInt32 = 0) {
    queue.put(head, length: length, in: memory)
  }

  /// Takes and uses `count` chains of the first descriptor, which must be valid.
  func skip(_ count: Int) throws {
    for _ in 0..<count {
      offer(0)
      _ = try take()
      put(0)
    }
    _ = publish()
  }

  func putBack() { queue.putBack() }

  func close() throws(QueueFault) { try queue.close(in: memory) }

  var hasMore: Bool { queue.hasMore(in: memory) }

  func publish() -> Bool { queue.publish(in: memory) }

  func hasNews() -> Bool { queue.hasNews(in: memory) }

  func armDoorbell() -> Bool { queue.armDoorbell(in: memory) }

  func disarmDoorbell() { queue.disarmDoorbell(in: memory) }

  var chain: Chain { queue.chain }

  var inFlight: Int { queue.inFlight }
}

extension QueueEntry {
  /// The table entry of a queue from `start` on.
  static func fixture(size: Int, at start: UInt64) -> Self {
    let available = start + 16 * UInt64(size)
    let used = (available + 6 + 2 * UInt64(size) + 3) / 4 * 4
    return Self(
      descriptors: start, available: available, used: used, handle: 1, kind: 1,
      size: UInt16(size), features: 0, reserved: 0)
  }
}
