// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
package import Frames

/// The bytes of a stream that are to be sent or not acknowledged yet. Places are counted from the
/// start of the stream.
///
/// Bytes that are in it never change and never move: frames that are not sent yet may refer to them.
/// An empty one holds no memory.
package struct SendBuffer: ~Copyable {
  /// The most bytes that it takes.
  package var limit: Int
  /// Where the first byte stands.
  package private(set) var start: UInt64 = 0
  /// Where the byte behind the last stands.
  package private(set) var end: UInt64 = 0
  private var chunks = ChunkQueue()
  /// A large chunk's memory that no frame refers to, for the next.
  private var spare: FrameMemory?

  package init(limit: Int) {
    self.limit = limit
  }

  /// How many bytes there are.
  package var count: Int { Int(end - start) }
  /// How many bytes it takes now.
  package var room: Int { max(0, limit - count) }

  /// Copies as many of `bytes` as there is room for, and returns how many.
  package mutating func append(_ bytes: Span<UInt8>) -> Int {
    let accepted = min(bytes.count, room)
    var rest = bytes.extracting(first: accepted)
    while !rest.isEmpty {
      var added = chunks.appendToLast(rest)
      if added == 0 {
        let chunk = makeChunk(rest)
        added = chunk.count
        chunks.append(chunk)
      }
      end += UInt64(added)
      rest = rest.extracting(droppingFirst: added)
    }
    return accepted
  }

  private mutating func makeChunk(_ bytes: Span<UInt8>) -> Chunk {
    let capacity = Chunk.capacity(for: bytes.count, buffered: count)
    if capacity == Chunk.largest, let memory = spare.take() {
      return Chunk(copying: bytes, at: end, into: memory)
    }
    return Chunk(copying: bytes, at: end, capacity: capacity)
  }

  /// Takes as many of the bytes in `range` as there is room for without copying them, and returns how
  /// many. They are not to be changed. A few bytes behind others are copied all the same, which costs
  /// less than a piece of their own.
  package mutating func append(_ memory: FrameMemory, _ range: Range<Int>) -> Int {
    let accepted = min(range.count, room)
    let range = range.lowerBound..<range.lowerBound + accepted
    if accepted == 0 {
      return 0
    }
    if chunks.extendLast(memory, range) {
      end += UInt64(accepted)
    } else if accepted < Self.leastWorthAPart && !chunks.isEmpty {
      return append(memory.span.extracting(range))
    } else {
      chunks.append(Chunk(memory, range, at: end))
      end += UInt64(accepted)
    }
    return accepted
  }

  private static let leastWorthAPart = 256

  /// Up to `count` bytes that begin at `offset`: fewer where the buffer ends, and where they are in
  /// more pieces of memory than a frame can have.
  package func parts(at offset: UInt64, count: Int) -> FrameParts {
    var parts = FrameParts()
    guard offset >= start, offset < end else { return parts }
    var remaining = min(count, Int(end - offset))
    var index = chunks.index(of: offset)
    var skipped = Int(offset - (chunks[index]?.position ?? offset))
    while remaining > 0, index < chunks.count, parts.count < FrameParts.capacity,
      let chunk = chunks[index]
    {
      let lower = chunk.lower + skipped
      let taken = min(remaining, chunk.upper - lower)
      parts.append(chunk.memory, lower..<lower + taken)
      remaining -= taken
      skipped = 0
      index += 1
    }
    return parts
  }

  /// Drops what stands before `offset`, because it is acknowledged.
  package mutating func removeFirst(to offset: UInt64) {
    let newStart = min(offset, end)
    guard newStart > start else { return }
    start = newStart
    if newStart == end {
      chunks.removeAll()
      spare = nil
      return
    }
    while let (end, isOwn) = chunks.first.map({ ($0.end, $0.isOwn) }), end <= newStart {
      if let memory = chunks.removeFirst(), isOwn {
        keepIfFree(memory)
      }
    }
    chunks.consume(to: newStart)
  }

  private mutating func keepIfFree(_ memory: consuming FrameMemory) {
    if memory.capacity == Chunk.largest, spare == nil, !memory.isInUse,
      isKnownUniquelyReferenced(&memory)
    {
      memory.removeAll()
      spare = memory
    }
  }
}
