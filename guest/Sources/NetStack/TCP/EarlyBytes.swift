// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames

/// Bytes of a stream that have arrived before their turn.
struct EarlyBytes {
  /// Where they stand, as few ranges as possible. The range that changed last comes first (RFC 2018,
  /// section 4).
  private(set) var blocks: [Range<UInt64>] = []
  /// The bytes, ordered by their place. No two chunks overlap.
  private var chunks: [Chunk] = []
  private var byteCount = 0

  /// Many more than a peer causes that sends in order: one that does not must be held to something.
  private static let mostChunks = 256

  /// Where the first one stands.
  var start: UInt64? { chunks.first?.position }

  /// Keeps what is new of `bytes`. Returns false when nothing is, or there would be too many pieces.
  mutating func insert(_ bytes: Span<UInt8>, at position: UInt64) -> Bool {
    var block = position..<position + UInt64(bytes.count)
    var touched = 0
    for other in blocks where Self.touch(other, block) {
      if other.lowerBound <= position && other.upperBound >= position + UInt64(bytes.count) {
        return false
      }
      touched += 1
    }
    // Every block that is touched divides what is new once more.
    guard blocks.count - touched < ReceiveBuffer.mostBlocks,
      chunks.count + touched < Self.mostChunks
    else { return false }
    store(bytes, at: position)
    for other in blocks where Self.touch(other, block) {
      block = min(block.lowerBound, other.lowerBound)..<max(block.upperBound, other.upperBound)
    }
    blocks.removeAll { Self.touch($0, block) }
    blocks.insert(block, at: 0)
    return true
  }

  private static func touch(_ one: Range<UInt64>, _ other: Range<UInt64>) -> Bool {
    one.lowerBound <= other.upperBound && other.lowerBound <= one.upperBound
  }

  /// Copies what no chunk has yet.
  private mutating func store(_ bytes: Span<UInt8>, at position: UInt64) {
    let end = position + UInt64(bytes.count)
    var index = chunks.count
    while index > 0, chunks[index - 1].end >= position {
      index -= 1
    }
    var cursor = position
    while cursor < end {
      if index < chunks.count, chunks[index].position <= cursor {
        cursor = max(cursor, chunks[index].end)
        index += 1
        continue
      }
      let gapEnd = index < chunks.count ? min(end, chunks[index].position) : end
      let new = bytes.extracting(Int(cursor - position)..<Int(gapEnd - position))
      index += store(new, at: cursor, before: index)
      cursor = gapEnd
    }
  }

  /// Copies bytes that stand before chunk `index`, and returns how many chunks that made.
  private mutating func store(_ bytes: Span<UInt8>, at position: UInt64, before index: Int) -> Int {
    byteCount += bytes.count
    var rest = bytes
    if index > 0, chunks[index - 1].end == position {
      rest = rest.extracting(droppingFirst: chunks[index - 1].append(rest))
    }
    if rest.isEmpty {
      return 0
    }
    // In front of another one, a chunk has nothing to grow into.
    let isLast = index == chunks.count
    let capacity =
      isLast ? Chunk.capacity(for: rest.count, buffered: byteCount) : rest.count
    let place = position + UInt64(bytes.count - rest.count)
    chunks.insert(
      Chunk(copying: rest, at: place, capacity: max(capacity, rest.count)), at: index)
    return 1
  }

  /// Takes the chunks of the first block if it stands at `position`.
  mutating func takeFirstBlock(at position: UInt64) -> [Chunk] {
    guard let index = blocks.firstIndex(where: { $0.lowerBound == position }) else { return [] }
    let end = blocks.remove(at: index).upperBound
    let taken = Array(chunks.prefix { $0.position < end })
    byteCount -= Int(end - position)
    if taken.count == chunks.count {
      chunks = []
      blocks = []
    } else {
      chunks.removeFirst(taken.count)
    }
    return taken
  }
}
