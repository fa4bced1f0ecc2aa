// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
import Frames

/// A piece of a byte stream.
struct Chunk {
  /// Where the bytes are.
  let memory: FrameMemory
  /// The first that counts. Bytes before it are used up.
  var lower: Int
  /// The one behind the last.
  var upper: Int
  /// Where in the stream the byte at `lower` stands.
  var position: UInt64
  /// Whether bytes may be appended to the memory, which then belongs to one buffer only.
  let isOwn: Bool

  /// The bytes that count.
  var count: Int { upper - lower }
  /// Where in the stream it ends.
  var end: UInt64 { position + UInt64(count) }

  /// Own memory with a copy of `bytes`, and room for `capacity`.
  init(copying bytes: Span<UInt8>, at position: UInt64, capacity: Int) {
    self.init(copying: bytes, at: position, into: FrameMemory(capacity: capacity))
  }

  /// Own memory that has no bytes yet, with as many of `bytes` as it has room for.
  init(copying bytes: Span<UInt8>, at position: UInt64, into memory: FrameMemory) {
    self.memory = memory
    self.position = position
    lower = 0
    upper = memory.append(bytes)
    isOwn = true
  }

  /// Memory of somebody else.
  init(_ memory: FrameMemory, _ range: Range<Int>, at position: UInt64) {
    self.memory = memory
    self.position = position
    lower = range.lowerBound
    upper = range.upperBound
    isOwn = false
  }

  /// Appends as many of `bytes` as there is room for, and returns how many.
  mutating func append(_ bytes: Span<UInt8>) -> Int {
    guard isOwn, upper == memory.count else { return 0 }
    let added = memory.append(bytes)
    upper += added
    return added
  }

  /// How large a chunk is made for `count` bytes when there are `buffered` already: in steps, so that
  /// a short message takes little and a stream takes few.
  static func capacity(for count: Int, buffered: Int) -> Int {
    var capacity = smallest
    while capacity < largest, capacity < count || capacity < buffered {
      capacity *= 2
    }
    return capacity
  }

  private static let smallest = 1024
  /// As many bytes as the largest segment has.
  static let largest = 65_536
}

/// Chunks one behind the other. A single one takes no memory beside its own.
struct ChunkQueue {
  private var head: Chunk?
  private var rest = Deque<Chunk>()
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  var first: Chunk? { head }

  subscript(index: Int) -> Chunk? {
    index == 0 ? head : rest[index - 1]
  }

  mutating func append(_ chunk: Chunk) {
    if count == 0 {
      head = chunk
    } else {
      rest.append(chunk)
    }
    count += 1
  }

  /// Drops the first chunk, and returns its memory.
  @discardableResult
  mutating func removeFirst() -> FrameMemory? {
    let memory = head?.memory
    if count > 1 {
      head = rest.removeFirst()
    } else {
      head = nil
    }
    if count == 2 {
      rest = Deque()
    }
    count = max(0, count - 1)
    return memory
  }

  /// Drops all chunks.
  mutating func removeAll() {
    head = nil
    if count > 1 {
      rest = Deque()
    }
    count = 0
  }

  /// Takes what stands before `position` of the first chunk away.
  mutating func consume(to position: UInt64) {
    if let start = head?.position, start < position {
      consume(Int(position - start))
    }
  }

  /// Takes the first `count` bytes of the first chunk away.
  mutating func consume(_ count: Int) {
    head?.lower += count
    head?.position += UInt64(count)
  }

  /// Appends to the last chunk as many of `bytes` as it has room for, and returns how many.
  mutating func appendToLast(_ bytes: Span<UInt8>) -> Int {
    if count > 1 {
      rest[rest.count - 1].append(bytes)
    } else {
      head?.append(bytes) ?? 0
    }
  }

  /// Makes the last chunk longer if `range` of `memory` follows right behind it.
  mutating func extendLast(_ memory: FrameMemory, _ range: Range<Int>) -> Bool {
    guard let last = self[max(0, count - 1)], !last.isOwn, last.memory === memory,
      last.upper == range.lowerBound
    else { return false }
    if count > 1 {
      rest[rest.count - 1].upper = range.upperBound
    } else {
      head?.upper = range.upperBound
    }
    return true
  }

  /// Which chunk holds `position`, which has to be in one of them.
  func index(of position: UInt64) -> Int {
    var low = 0
    var high = count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if rest[middle - 1].position <= position {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return low
  }
}
