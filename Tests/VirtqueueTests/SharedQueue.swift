// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import SystemCalls

/// A queue and its buffers, shared by a thread that plays the guest and one that plays the tender.
final class SharedQueue: Sendable {
  static let bufferSize: UInt64 = 64

  let memory: GuestMemory
  let entry: QueueEntry
  /// Raised by the doorbell's `out`.
  let doorbell: EventDescriptor
  /// Ends the guest's `poll`.
  let news: EventDescriptor

  init(size: Int) throws {
    var memory = try GuestMemory(byteCount: GuestMemory.largePageSize)
    memory.regions.append(
      MemoryRegion(.heap, 0x1000..<GuestMemory.largePageSize, [.guest, .read, .write]))
    self.memory = memory
    entry = QueueEntry.fixture(size: size, at: 0x10_0000)
    doorbell = try EventDescriptor()
    news = try EventDescriptor()
  }

  /// The buffer that the guest uses with a descriptor.
  func buffer(of descriptor: Int) -> UInt64 { 0x1000 + Self.bufferSize * UInt64(descriptor) }

  /// Fills the `length` bytes at `address`, whole words, with what follows from `seed`.
  func fill(_ address: UInt64, _ length: UInt32, from seed: inout UInt64) {
    for offset in stride(from: 0, to: UInt64(length), by: 8) {
      memory.store(next(&seed), at: GuestAddress(address + offset))
    }
  }

  /// Adds the `length` bytes at `address`, whole words, to `sum`.
  func add(_ address: UInt64, _ length: UInt32, to sum: inout UInt64) {
    for offset in stride(from: 0, to: UInt64(length), by: 8) {
      let word = memory.load(UInt64.self, at: GuestAddress(address + offset)) ?? 0
      sum = (sum << 5 | sum >> 59) ^ word
    }
  }

  /// Waits for `event` and takes it; false when it does not come for longer than any machine is busy.
  static func wait(for event: borrowing EventDescriptor) throws -> Bool {
    var set = PollSet(readable: [event.number])
    guard try set.wait(timeoutNanoseconds: 30_000_000_000) > 0 else { return false }
    event.lower()
    return true
  }
}

/// The next of a sequence of random numbers (splitmix64).
func next(_ state: inout UInt64) -> UInt64 {
  state &+= 0x9e37_79b9_7f4a_7c15
  var value = state
  value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
  value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
  return value ^ value >> 31
}
