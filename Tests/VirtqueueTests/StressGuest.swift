// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import SystemCalls

/// A driver of a queue, which makes chains of random shapes and checks what comes back.
struct StressGuest {
  private struct Sent {
    var descriptors: [Int] = []
    var checksum: UInt64 = 0
    var writableBytes: UInt32 = 0
  }

  private let shared: SharedQueue
  private let entry: QueueEntry
  private let size: Int
  private var random: UInt64 = 1
  private var free: [Int]
  private var sent: [Sent]
  private var (available, seen): (UInt16, UInt16) = (0, 0)
  private(set) var (offered, completed) = (0, 0)

  init(_ shared: SharedQueue) {
    self.shared = shared
    entry = shared.entry
    size = Int(shared.entry.size)
    free = Array(0..<size)
    sent = Array(repeating: Sent(), count: size)
  }

  /// Sends `count` chains. What went wrong, or nil.
  mutating func run(_ count: Int) throws -> String? {
    while completed < count {
      offer(upTo: count)
      let before = completed
      if let problem = reap() { return problem }
      let mustWait = free.isEmpty || offered == count
      if completed == before, mustWait, try !sleep() {
        return "asleep for ever after \(completed) of \(offered) chains"
      }
    }
    return nil
  }

  // MARK: - Available

  private mutating func offer(upTo count: Int) {
    let old = available
    for _ in 0...next(&random) % 8 where !free.isEmpty && offered < count {
      let head = makeChain()
      let slot = UInt64(available & (entry.size - 1))
      shared.memory.storeReleasing(head, at: GuestAddress(entry.available + 4 + 2 * slot))
      available &+= 1
      offered += 1
    }
    if old == available { return }
    shared.memory.storeReleasing(available, at: GuestAddress(entry.available + 2))
    GuestMemory.fence()
    let event = GuestAddress(entry.used + 4 + 8 * UInt64(size))
    if needsEvent(shared.memory.loadAcquiring(at: event), from: old, to: available) {
      shared.doorbell.raise()
    }
  }

  private mutating func makeChain() -> UInt16 {
    let count = 1 + Int(next(&random) % 4) % free.count
    let readable = Int(next(&random) % UInt64(count + 1))
    let descriptors = Array(free.suffix(count))
    free.removeLast(count)
    var record = Sent(descriptors: descriptors)
    for (index, descriptor) in descriptors.enumerated() {
      let (address, length) = (shared.buffer(of: descriptor), 8 + 8 * UInt32(next(&random) % 4))
      var flags = index + 1 < count ? HVT_DESCRIPTOR_NEXT : 0
      if index < readable {
        shared.fill(address, length, from: &random)
        shared.add(address, length, to: &record.checksum)
      } else {
        flags |= HVT_DESCRIPTOR_WRITE
        record.writableBytes += length
      }
      let following = index + 1 < count ? UInt16(descriptors[index + 1]) : .max
      shared.memory.store(
        QueueDescriptor.at(address, length, flags, next: following),
        at: GuestAddress(entry.descriptors + 16 * UInt64(descriptor)))
    }
    sent[descriptors[0]] = record
    return UInt16(descriptors[0])
  }

  // MARK: - Used

  private var usedIndex: UInt16 {
    shared.memory.loadAcquiring(at: GuestAddress(entry.used + 2))
  }

  private mutating func reap() -> String? {
    let index = usedIndex
    while seen != index {
      let address = entry.used + 4 + 8 * UInt64(seen & (entry.size - 1))
      let element = shared.memory.load(UsedElement.self, at: GuestAddress(address))
      guard let element, element.head < size else { return "no used element at \(address)" }
      if let problem = check(element) { return "chain \(element.head): \(problem)" }
      seen &+= 1
      completed += 1
    }
    return nil
  }

  /// What is wrong with a chain that came back, or nil.
  private mutating func check(_ element: UsedElement) -> String? {
    let record = sent[Int(element.head)]
    if record.descriptors.isEmpty { return "was not away" }
    guard element.length == record.writableBytes else {
      return "\(element.length) bytes written instead of \(record.writableBytes)"
    }
    var (seed, expected, found) = (record.checksum, UInt64(0), UInt64(0))
    for descriptor in record.descriptors {
      let table = entry.descriptors + 16 * UInt64(descriptor)
      let description = shared.memory.load(QueueDescriptor.self, at: GuestAddress(table))
      guard let description, Int(description.flags) & HVT_DESCRIPTOR_WRITE != 0 else { continue }
      shared.add(description.address, description.length, to: &found)
      for _ in 0..<description.length / 8 {
        expected = (expected << 5 | expected >> 59) ^ next(&seed)
      }
    }
    sent[Int(element.head)].descriptors = []
    free.append(contentsOf: record.descriptors)
    return found == expected ? nil : "other bytes than expected"
  }

  /// Waits for news as `poll` does; false when there is none.
  private func sleep() throws -> Bool {
    let usedEvent = GuestAddress(entry.available + 4 + 2 * UInt64(size))
    shared.memory.storeReleasing(seen, at: usedEvent)
    GuestMemory.fence()
    while usedIndex == seen {
      guard try SharedQueue.wait(for: shared.news) else { return false }
    }
    return true
  }
}
