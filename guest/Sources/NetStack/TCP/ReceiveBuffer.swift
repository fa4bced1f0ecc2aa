// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
import Frames

/// The bytes that a connection has received: in order, to be read, and behind gaps. An empty buffer has no
/// memory.
struct ReceiveBuffer {
  /// The most ranges behind gaps. What would make another one is dropped, and sent again.
  static let gapLimit = 32
  private static let smallChunk = 512

  /// Bytes one behind the other.
  private struct Run {
    var chunks = Deque<FrameMemory>()
    var range: Range<UInt64>

    mutating func append(_ bytes: Span<UInt8>) {
      var added = chunks.last?.append(bytes) ?? 0
      if added < bytes.count {
        let rest = bytes.extracting(added...)
        let memory = FrameMemory(capacity: max(rest.count, ReceiveBuffer.smallChunk))
        added += memory.append(rest)
        chunks.append(memory)
      }
      range = range.lowerBound..<range.upperBound + UInt64(bytes.count)
    }
  }

  private var ready = Run(range: 0..<0)
  /// How many bytes of the first chunk that is ready were read.
  private var readOffset = 0
  /// The ranges behind gaps, by position.
  private var gapped: [Run] = []
  /// The ranges that changed last, the latest first: where they begin.
  private var recent: [UInt64] = []
  /// The most bytes.
  var limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// The position of the next byte that is missing: RCV.NXT.
  var next: UInt64 { ready.range.upperBound }

  /// How many bytes can be read.
  var readable: Int { ready.range.count }

  /// How many bytes may follow `next`.
  var room: Int { max(0, limit - readable) }

  /// Whether something has arrived behind what is missing.
  var hasGaps: Bool { !gapped.isEmpty }

  /// Takes the bytes from `position` on, as far as they are new and there is room; false when none are.
  mutating func insert(_ bytes: Span<UInt8>, at position: UInt64) -> Bool {
    let end = min(position + UInt64(bytes.count), next + UInt64(room))
    let start = max(position, next)
    guard start < end else { return false }
    let new = bytes.extracting(Int(start - position)..<Int(end - position))
    if start == next {
      append(new)
      return true
    }
    return insertBehindGap(new, start)
  }

  /// Appends what is missing next, up to what is there already.
  private mutating func append(_ bytes: Span<UInt8>) {
    if gapped.isEmpty {
      ready.append(bytes)
      return
    }
    var rest = bytes
    while !rest.isEmpty, let run = gapped.first {
      let count = min(rest.count, Int(run.range.lowerBound - next))
      ready.append(rest.extracting(0..<count))
      rest = rest.extracting(count...)
      guard next == run.range.lowerBound else { break }
      for chunk in run.chunks {
        ready.chunks.append(chunk)
      }
      ready.range = ready.range.lowerBound..<run.range.upperBound
      forget(0)
      rest = rest.extracting(min(rest.count, run.range.count)...)
    }
    if !rest.isEmpty {
      ready.append(rest)
    }
  }

  /// Stores bytes that something is missing in front of.
  private mutating func insertBehindGap(_ bytes: Span<UInt8>, _ position: UInt64) -> Bool {
    var (rest, start) = (bytes, position)
    var isNew = false
    var index = 0
    while !rest.isEmpty {
      while index < gapped.count, gapped[index].range.upperBound < start {
        index += 1
      }
      if index == gapped.count || start < gapped[index].range.lowerBound {
        // In front of a range, or behind all.
        let end = start + UInt64(rest.count)
        let limit = index < gapped.count ? min(end, gapped[index].range.lowerBound) : end
        guard gapped.count < Self.gapLimit || limit < end || isTouching(index, limit) else {
          return isNew
        }
        gapped.insert(Run(range: start..<start), at: index)
        isNew = true
      }
      let upper = gapped[index].range.upperBound
      let known = min(rest.count, Int(upper - start))
      rest = rest.extracting(known...)
      start += UInt64(known)
      let next = index + 1 < gapped.count ? gapped[index + 1].range.lowerBound : .max
      let count = Int(min(UInt64(rest.count), next - start))
      if count > 0 {
        gapped[index].append(rest.extracting(0..<count))
        rest = rest.extracting(count...)
        start += UInt64(count)
        isNew = true
      }
      merge(index)
      note(gapped[index].range.lowerBound)
    }
    return isNew
  }

  private func isTouching(_ index: Int, _ end: UInt64) -> Bool {
    index < gapped.count && gapped[index].range.lowerBound == end
  }

  /// Joins a range with the one behind it, when nothing is missing between them.
  private mutating func merge(_ index: Int) {
    guard index + 1 < gapped.count,
      gapped[index].range.upperBound == gapped[index + 1].range.lowerBound
    else { return }
    let range = gapped[index].range.lowerBound..<gapped[index + 1].range.upperBound
    for chunk in gapped[index + 1].chunks {
      gapped[index].chunks.append(chunk)
    }
    gapped[index].range = range
    forget(index + 1)
  }

  private mutating func forget(_ index: Int) {
    let start = gapped[index].range.lowerBound
    gapped.remove(at: index)
    recent.removeAll { $0 == start }
  }

  private mutating func note(_ start: UInt64) {
    recent.removeAll { $0 == start }
    recent.insert(start, at: 0)
  }

  /// The number of ranges behind gaps.
  var blockCount: Int { recent.count }

  /// A range behind a gap, the one that changed last first (RFC 2018, section 4).
  func block(_ index: Int) -> Range<UInt64> {
    for run in gapped where run.range.lowerBound == recent[index] {
      return run.range
    }
    return 0..<0
  }

  /// Hands up to `limit` bytes to `body`, in pieces, and forgets them. Returns their number.
  mutating func read(atMost limit: Int, _ body: (Span<UInt8>) -> Void) -> Int {
    var missing = min(limit, readable)
    let total = max(0, missing)
    while missing > 0, let chunk = ready.chunks.first {
      let count = min(missing, chunk.count - readOffset)
      body(chunk.span.extracting(readOffset..<readOffset + count))
      missing -= count
      readOffset += count
      if readOffset == chunk.count {
        // The last one may have room for what comes next; an empty buffer has no memory.
        ready.chunks.removeFirst()
        readOffset = 0
      }
    }
    ready.range = ready.range.lowerBound + UInt64(total)..<ready.range.upperBound
    if ready.chunks.isEmpty {
      ready.chunks = Deque()
    }
    return total
  }
}
