// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Virtqueue

/// Serves a queue whose descriptors and rings are any bytes, which the guest writes between any two
/// steps, and checks what the tender's side promises.
///
/// An input is a byte for the size of the queue, the bytes of the descriptor table and of the
/// available ring, and then steps, each a byte and its operands.
@c(LLVMFuzzerTestOneInput)
public func fuzzVirtqueue(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  var session = Session(sizeLog: 1 + Int(input.byte() % 10))
  session.fillRings(from: &input)
  while !input.isEmpty { session.perform(input.byte(), &input) }
  session.checkRings()
  return 0
}

/// 2 MiB, in which the tender's area and code lie next to what the guest may write.
private let memory: GuestMemory = {
  do {
    var memory = try GuestMemory(byteCount: GuestMemory.largePageSize)
    memory.regions.append(MemoryRegion(.tender, 0x1000..<0x2000, [.read, .write]))
    memory.regions.append(MemoryRegion(.program, 0x2000..<0x4000, [.guest, .read, .execute]))
    memory.regions.append(MemoryRegion(.heap, 0x4000..<0x8000, [.guest, .read, .write]))
    memory.regions.append(MemoryRegion(.queues, 0x10000..<0x20000, [.guest, .read, .write]))
    return memory
  } catch {
    fatalError("\(error)")
  }
}()

private struct Session: ~Copyable {
  private static let start: UInt64 = 0x10040
  private static let (guardSize, guardByte): (UInt64, UInt8) = (64, 0xc3)

  let entry: QueueEntry
  var queue: Virtqueue
  /// What the descriptor table and the available ring are: the guest alone writes them.
  var contents: [UInt8]
  /// The chains taken and not put yet.
  var heads: [UInt16] = []
  var canPutBack = false

  init(sizeLog: Int) {
    let size = UInt64(1) << UInt64(sizeLog)
    var entry = QueueEntry()
    entry.descriptors = Self.start
    entry.available = entry.descriptors + 16 * size
    // Behind the available ring and in front of the used ring are guard bytes, as around both.
    let availableEnd = entry.available + 6 + 2 * size
    entry.used = (availableEnd + Self.guardSize + 3) / 4 * 4
    entry.size = UInt16(size)
    self.entry = entry
    contents = Array(repeating: 0, count: Int(availableEnd - Self.start))
    queue = Virtqueue(entry)
    fill(Self.start..<entry.used + 6 + 8 * size, with: 0)
    for range in guards { fill(range, with: Self.guardByte) }
  }

  private var guards: [Range<UInt64>] {
    let availableEnd = Self.start + UInt64(contents.count)
    let usedEnd = entry.used + 6 + 8 * UInt64(entry.size)
    return [
      Self.start - Self.guardSize..<Self.start, availableEnd..<entry.used,
      usedEnd..<usedEnd + Self.guardSize,
    ]
  }

  private func fill(_ range: Range<UInt64>, with byte: UInt8) {
    memory.withTenderAccess(at: GuestAddress(range.lowerBound), count: UInt64(range.count)) {
      _ = $0.withUnsafeMutableBytes { unsafe $0.initializeMemory(as: UInt8.self, repeating: byte) }
    }
  }

  private func holds(_ expected: [UInt8], at start: UInt64) -> Bool {
    memory.withTenderAccess(at: GuestAddress(start), count: UInt64(expected.count)) {
      $0.withUnsafeMutableBytes { unsafe $0.elementsEqual(expected) }
    } ?? false
  }

  // MARK: - The guest

  mutating func fillRings(from input: inout FuzzInput) {
    // Few enough to leave some for the steps; the rest is zeros.
    for offset in 0..<min(contents.count, input.bytes.count / 2) {
      contents[offset] = input.byte()
    }
    memory.withTenderAccess(at: GuestAddress(Self.start), count: UInt64(contents.count)) {
      $0.withUnsafeMutableBytes { unsafe $0.copyBytes(from: contents) }
    }
  }

  private mutating func write(_ byte: UInt8, at offset: Int) {
    contents[offset] = byte
    memory.store(byte, at: GuestAddress(Self.start + UInt64(offset)))
  }

  /// Changes the fields that a chain needs, in ways that make one more often than any bytes would.
  private mutating func change(_ input: inout FuzzInput) {
    let slot = Int(input.byte()) % Int(entry.size)
    let available = Int(entry.available - Self.start)
    switch input.byte() % 4 {
    case 0: write(contents[available + 2] &+ input.byte() % 4, at: available + 2)
    case 1: write(input.byte(), at: available + 4 + 2 * slot)
    case 2: write(input.byte() & 3, at: 16 * slot + 12)
    default: write(input.byte(), at: Int(input.word()) % contents.count)
    }
  }

  // MARK: - The tender

  mutating func perform(_ step: UInt8, _ input: inout FuzzInput) {
    switch step % 8 {
    case 0, 1: take()
    case 2:
      if heads.isEmpty { return }
      let head = heads.remove(at: Int(input.byte()) % heads.count)
      if head == queue.chain.head { canPutBack = false }
      queue.put(head, length: UInt32(input.word()), in: memory)
    case 3: _ = queue.publish(in: memory)
    case 4: _ = queue.armDoorbell(in: memory)
    case 5:
      queue.disarmDoorbell(in: memory)
      _ = queue.hasNews(in: memory)
    case 6:
      guard canPutBack else { return }
      queue.putBack()
      heads.removeLast()
      canPutBack = false
    default: change(&input)
    }
    precondition(queue.inFlight == heads.count && heads.count <= queue.size)
  }

  private mutating func take() {
    do throws(QueueFault) {
      guard try queue.take(from: memory) else { return }
      check(queue.chain)
      heads.append(queue.chain.head)
      canPutBack = true
    } catch {
      precondition(!error.description.isEmpty)
      canPutBack = false
    }
  }

  private func check(_ chain: borrowing Chain) {
    precondition(chain.head < entry.size && !heads.contains(chain.head))
    precondition((1...queue.size).contains(chain.segments.count))
    precondition((0...chain.segments.count).contains(chain.readableCount))
    var (readable, writable): (UInt64, UInt64) = (0, 0)
    for (index, segment) in chain.segments.enumerated() {
      let (start, length) = (segment.address.rawValue, UInt64(segment.length))
      precondition(length > 0)
      let isWritten = index >= chain.readableCount
      let low: UInt64 = isWritten ? 0x4000 : 0x2000
      let range = start < 0x8000 ? low..<0x8000 : 0x10000..<0x20000
      precondition(range.contains(start) && range.contains(start + length - 1))
      if isWritten { writable += length } else { readable += length }
    }
    precondition(chain.readableBytes == readable && chain.writableBytes == writable)
  }

  /// The tender has written the used ring only.
  func checkRings() {
    precondition(holds(contents, at: Self.start))
    for range in guards {
      let expected = Array(repeating: Self.guardByte, count: range.count)
      precondition(holds(expected, at: range.lowerBound))
    }
  }
}
