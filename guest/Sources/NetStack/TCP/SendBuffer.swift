// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
import Frames

/// The bytes that a connection has to send, or may have to send again. They stay where they are, so that
/// frames can be sent from there; an empty buffer has no memory.
struct SendBuffer {
  /// What small writes share, and what large ones are divided into.
  private static let (smallChunk, largeChunk) = (1024, 64 << 10)

  private struct Chunk {
    let memory: FrameMemory
    var range: Range<Int>
    /// Where in the stream the range begins.
    var position: UInt64
    /// Whether the memory is this buffer's, and may be appended to.
    let isOwn: Bool

    var end: UInt64 { position + UInt64(range.count) }
  }

  private var chunks = Deque<Chunk>()
  /// The position of the first byte that is not acknowledged.
  private(set) var start: UInt64 = 0
  /// The position behind the last byte.
  private(set) var end: UInt64 = 0
  /// The most bytes.
  var limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  var count: Int { Int(end - start) }

  var room: Int { max(0, limit - count) }

  /// Copies as many of `bytes` as there is room for, and returns their number.
  mutating func append(_ bytes: Span<UInt8>) -> Int {
    let total = min(bytes.count, room)
    var added = 0
    while added < total {
      let rest = bytes.extracting(added..<total)
      let count = appendToLast(rest)
      added += count
      if count == 0 {
        let memory = FrameMemory(capacity: chunkSize(for: rest.count))
        chunks.append(Chunk(memory: memory, range: 0..<0, position: end, isOwn: true))
      }
    }
    return added
  }

  /// The size of a chunk that begins with `count` bytes: no more than these, as long as not much waits.
  private func chunkSize(for count: Int) -> Int {
    let least = self.count >= Self.largeChunk / 2 ? Self.largeChunk : Self.smallChunk
    return min(max(count, least), Self.largeChunk)
  }

  /// Appends to the last chunk, as far as it is this buffer's and has room. What frames refer to stays as
  /// it is.
  private mutating func appendToLast(_ bytes: Span<UInt8>) -> Int {
    let last = chunks.count - 1
    guard last >= 0, chunks[last].isOwn else { return 0 }
    let added = chunks[last].memory.append(bytes)
    chunks[last].range = chunks[last].range.lowerBound..<chunks[last].range.upperBound + added
    end += UInt64(added)
    return added
  }

  /// Takes as many bytes of memory as there is room for, without a copy, and returns their number.
  mutating func append(_ memory: FrameMemory, _ range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= memory.count, "not in the memory")
    let added = min(range.count, room)
    if added > 0 {
      let part = range.lowerBound..<range.lowerBound + added
      chunks.append(Chunk(memory: memory, range: part, position: end, isOwn: false))
      end += UInt64(added)
    }
    return added
  }

  /// Up to `count` bytes from `offset` on, which is not before the start; fewer when they are in more
  /// places than a frame can have.
  func parts(at offset: UInt64, count: Int) -> FrameParts {
    var parts = FrameParts()
    var offset = offset
    var missing = min(count, Int(end - offset))
    var index = chunkIndex(of: offset)
    while missing > 0, parts.count < FrameParts.capacity {
      let chunk = chunks[index]
      let first = chunk.range.lowerBound + Int(offset - chunk.position)
      let taken = min(missing, chunk.range.upperBound - first)
      parts.append(chunk.memory, first..<first + taken)
      offset += UInt64(taken)
      missing -= taken
      index += 1
    }
    return parts
  }

  /// The chunk that has the byte at `offset`.
  private func chunkIndex(of offset: UInt64) -> Int {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle].end <= offset {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// Forgets what is in front of `offset`, because it is acknowledged.
  mutating func removeFirst(to offset: UInt64) {
    precondition(offset <= end, "not in the buffer")
    guard offset > start else { return }
    start = offset
    while let first = chunks.first, first.end <= offset {
      chunks.removeFirst()
    }
    if chunks.isEmpty {
      chunks = Deque()
    } else if chunks[0].position < offset {
      let lower = chunks[0].range.lowerBound + Int(offset - chunks[0].position)
      chunks[0].range = lower..<chunks[0].range.upperBound
      chunks[0].position = offset
    }
  }
}
