// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames

/// The bytes of a stream that have arrived: those that are to be read, and behind gaps those that
/// came before their turn. Places are counted from the start of the stream.
///
/// An empty one holds no memory. What came too early takes about as much as it has bytes, however it
/// is cut up: bytes that would make more than `mostBlocks` blocks or too many pieces are dropped, and
/// the peer sends them again.
package struct ReceiveBuffer: ~Copyable {
  /// The most blocks behind gaps.
  package static let mostBlocks = 32

  /// The most bytes from the first unread one on that it takes.
  package var limit: Int
  /// Where the first byte stands that has not arrived.
  package private(set) var next: UInt64 = 0
  /// How many bytes there are to be read.
  package private(set) var readable = 0
  private var inOrder = ChunkQueue()
  private var early = EarlyBytes()

  package init(limit: Int) {
    self.limit = limit
  }

  /// How many bytes from `next` on it takes.
  package var room: Int { max(0, limit - readable) }
  /// Whether something came before its turn.
  package var hasGaps: Bool { !early.blocks.isEmpty }
  /// How many blocks came before their turn.
  package var blockCount: Int { early.blocks.count }
  /// The block that changed last, or before `index` others.
  package func block(_ index: Int) -> Range<UInt64> { early.blocks[index] }

  /// Takes of `bytes` what has room. Returns whether some of them were new, and are kept.
  package mutating func insert(_ bytes: Span<UInt8>, at position: UInt64) -> Bool {
    let skipped = position < next ? next - position : 0
    guard skipped < UInt64(bytes.count), position <= next || position - next < UInt64(room)
    else { return false }
    let first = max(position, next)
    let accepted = min(bytes.count - Int(skipped), room - Int(first - next))
    guard accepted > 0 else { return false }
    let new = bytes.extracting(Int(skipped)..<Int(skipped) + accepted)
    if first > next {
      return early.insert(new, at: first)
    }
    if hasGaps {
      fillGap(new)
    } else {
      append(new)
    }
    return true
  }

  /// Takes bytes that belong at `next`, and what came early behind them.
  private mutating func fillGap(_ bytes: Span<UInt8>) {
    let start = next
    let end = start + UInt64(bytes.count)
    while next < end {
      let gapEnd = min(end, early.start ?? end)
      append(bytes.extracting(Int(next - start)..<Int(gapEnd - start)))
      for chunk in early.takeFirstBlock(at: next) {
        append(chunk)
      }
    }
  }

  private mutating func append(_ bytes: Span<UInt8>) {
    var rest = bytes
    while !rest.isEmpty {
      var added = inOrder.appendToLast(rest)
      if added == 0 {
        let capacity = Chunk.capacity(for: rest.count, buffered: readable)
        let chunk = Chunk(copying: rest, at: next, capacity: capacity)
        added = chunk.count
        inOrder.append(chunk)
      }
      next += UInt64(added)
      readable += added
      rest = rest.extracting(droppingFirst: added)
    }
  }

  /// Small chunks are put together, so that many of them do not take more memory than they are worth.
  private mutating func append(_ chunk: Chunk) {
    if chunk.count < Self.leastWorthAChunk {
      append(chunk.memory.span.extracting(chunk.lower..<chunk.upper))
    } else {
      inOrder.append(chunk)
      next += UInt64(chunk.count)
      readable += chunk.count
    }
  }

  private static let leastWorthAChunk = 1024

  /// Hands up to `atMost` bytes to `body`, in one or more consecutive pieces, and drops them. Returns
  /// how many they were.
  package mutating func read(atMost: Int, _ body: (Span<UInt8>) -> Void) -> Int {
    let total = min(atMost, readable)
    var remaining = total
    while remaining > 0, let chunk = inOrder.first {
      let taken = min(remaining, chunk.count)
      body(chunk.memory.span.extracting(chunk.lower..<chunk.lower + taken))
      remaining -= taken
      readable -= taken
      if taken == chunk.count {
        inOrder.removeFirst()
      } else {
        inOrder.consume(taken)
      }
    }
    return total
  }
}
