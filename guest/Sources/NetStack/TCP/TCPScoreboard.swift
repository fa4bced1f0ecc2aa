// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What was sent and is not acknowledged up to it: pieces of the sequence space in order, each with
/// the time when it was sent last and what became of it (RFC 6675, section 3; RFC 8985, section 5).
struct TCPScoreboard {
  /// A piece that was sent at once.
  struct Piece {
    var start: UInt64
    var sentAt: Instant
    var count: UInt32
    var isAcknowledged = false
    var isLost = false
    var isRetransmitted = false

    var end: UInt64 { start + UInt64(count) }
  }

  private var pieces: [Piece] = []
  /// Pieces in front of this one are gone.
  private var head = 0
  /// No piece in front of this one is lost.
  private var lostHint = 0
  /// The bytes of all pieces.
  private(set) var byteCount = 0
  /// The bytes that were acknowledged selectively.
  private(set) var acknowledgedCount = 0
  /// The bytes that are taken for lost and not sent again yet.
  private(set) var lostCount = 0
  /// How many pieces were acknowledged selectively.
  private(set) var acknowledgedPieces = 0
  /// Whether something was sent twice since there was nothing in flight.
  private(set) var hasRetransmissions = false

  /// Beyond so many pieces none is divided because of what a peer says.
  private static let pieceLimit = 4096
  /// Above so many pieces the memory is given back with the last of them.
  private static let keptCapacity = 8

  var isEmpty: Bool { byteCount == 0 }
  /// What is taken to be in the network: `pipe` (RFC 6675, section 4).
  var inFlight: Int { byteCount - acknowledgedCount - lostCount }
  var first: Piece? { isEmpty ? nil : pieces[head] }
  var last: Piece? { pieces.last }

  /// Adds what is sent for the first time, behind all else.
  mutating func append(start: UInt64, count: Int, at now: Instant) {
    pieces.append(Piece(start: start, sentAt: now, count: UInt32(count)))
    byteCount += count
  }

  /// Removes everything in front of `position`, and tells `delivery` what of it is new.
  mutating func acknowledge(to position: UInt64, _ delivery: inout TCPDelivery) {
    while head < pieces.count, pieces[head].start < position {
      let piece = pieces[head]
      let end = min(piece.end, position)
      let count = Int(end - piece.start)
      byteCount -= count
      if piece.isAcknowledged {
        acknowledgedCount -= count
      } else {
        lostCount -= piece.isLost ? count : 0
        delivery.add(piece, count: count, end: end)
      }
      if end < piece.end {
        pieces[head].start = end
        pieces[head].count -= UInt32(count)
        break
      }
      acknowledgedPieces -= piece.isAcknowledged ? 1 : 0
      head += 1
    }
    compact()
  }

  private mutating func compact() {
    lostHint = max(lostHint, head)
    if head == pieces.count {
      hasRetransmissions = false
      head = 0
      lostHint = 0
      if pieces.capacity > Self.keptCapacity {
        pieces = []
      } else {
        pieces.removeAll(keepingCapacity: true)
      }
    } else if head >= 32, head > pieces.count / 2 {
      pieces.removeSubrange(0..<head)
      lostHint -= head
      head = 0
    }
  }

  /// Marks what lies in `range` as arrived, and tells `delivery` what of it is new.
  mutating func acknowledge(_ range: Range<UInt64>, _ delivery: inout TCPDelivery) {
    var index = firstIndex(endingBehind: range.lowerBound)
    while index < pieces.count, pieces[index].start < range.upperBound {
      let piece = pieces[index]
      if piece.isAcknowledged {
        index += 1
        continue
      }
      if piece.start < range.lowerBound {
        guard divide(index, at: range.lowerBound) else { return }
        index += 1
        continue
      }
      if piece.end > range.upperBound {
        guard divide(index, at: range.upperBound) else { return }
      }
      markAcknowledged(index, &delivery)
      index += 1
    }
  }

  private mutating func markAcknowledged(_ index: Int, _ delivery: inout TCPDelivery) {
    let count = Int(pieces[index].count)
    if pieces[index].isLost {
      pieces[index].isLost = false
      lostCount -= count
    }
    pieces[index].isAcknowledged = true
    acknowledgedCount += count
    acknowledgedPieces += 1
    delivery.add(pieces[index], count: count, end: pieces[index].end)
  }

  private func firstIndex(endingBehind position: UInt64) -> Int {
    var low = head
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].end > position {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }

  /// Makes two pieces of one. False if there are too many.
  private mutating func divide(_ index: Int, at position: UInt64) -> Bool {
    guard pieces.count < Self.pieceLimit else { return false }
    cut(index, at: position)
    return true
  }

  private mutating func cut(_ index: Int, at position: UInt64) {
    var second = pieces[index]
    second.count = UInt32(second.end - position)
    second.start = position
    pieces[index].count -= second.count
    pieces.insert(second, at: index + 1)
    acknowledgedPieces += second.isAcknowledged ? 1 : 0
  }
}

extension TCPScoreboard {
  /// Marks as lost what was sent before the piece of `recent`, and its round trip and
  /// `reorderingWindow` ago (RFC 8985, section 6.2, step 5). Returns how many bytes are lost anew,
  /// and when the next piece would be.
  mutating func markLost(
    by recent: TCPRecentDelivery, reorderingWindow: UInt64, at now: Instant
  ) -> (count: Int, next: Instant?) {
    var lost = 0
    var next: Instant?
    for index in head..<pieces.count {
      let piece = pieces[index]
      if piece.isAcknowledged || piece.isLost || !recent.wasSentAfter(piece) {
        continue
      }
      let end = piece.sentAt.advanced(byNanoseconds: recent.roundTrip)
        .advanced(byNanoseconds: reorderingWindow)
      if end <= now {
        markLost(index)
        lost += Int(piece.count)
      } else {
        next = max(next ?? end, end)
      }
    }
    return (lost, next)
  }

  private mutating func markLost(_ index: Int) {
    pieces[index].isLost = true
    lostCount += Int(pieces[index].count)
    lostHint = min(lostHint, index)
  }

  /// Marks everything as lost that was not acknowledged.
  mutating func markAllLost() {
    // A first piece that the peer once had and does not acknowledge was thrown away there (RFC
    // 2018, section 8): nothing of what it said about others counts any more.
    let isReneging = head < pieces.count && pieces[head].isAcknowledged
    for index in head..<pieces.count {
      if isReneging, pieces[index].isAcknowledged {
        pieces[index].isAcknowledged = false
        acknowledgedCount -= Int(pieces[index].count)
        acknowledgedPieces -= 1
      }
      if !pieces[index].isAcknowledged, !pieces[index].isLost {
        markLost(index)
      }
    }
  }

  /// Marks the first `count` bytes as lost, unless they are already.
  mutating func markFirstLost(_ count: Int) {
    guard !isEmpty, !pieces[head].isLost, !pieces[head].isAcknowledged else { return }
    if Int(pieces[head].count) > count {
      cut(head, at: pieces[head].start + UInt64(count))
    }
    markLost(head)
  }

  /// Marks as lost what was sent in pieces of more than `count` bytes.
  mutating func markLost(largerThan count: Int) {
    for index in head..<pieces.count
    where Int(pieces[index].count) > count && !pieces[index].isAcknowledged
      && !pieces[index].isLost
    {
      markLost(index)
    }
  }

  /// The first piece that is lost.
  mutating func firstLost() -> Piece? {
    guard lostCount > 0 else { return nil }
    while lostHint < pieces.count {
      if pieces[lostHint].isLost {
        return pieces[lostHint]
      }
      lostHint += 1
    }
    return nil
  }

  /// Notes that the first `count` bytes of the first lost piece were sent again.
  mutating func retransmittedFirstLost(count: Int, at now: Instant) {
    let index = lostHint
    if Int(pieces[index].count) > count {
      cut(index, at: pieces[index].start + UInt64(count))
    }
    lostCount -= Int(pieces[index].count)
    pieces[index].isLost = false
    noteRetransmission(index, at: now)
  }

  /// Notes that the last piece was sent again from `position` on.
  mutating func retransmittedLast(from position: UInt64, at now: Instant) {
    guard let last = pieces.last, position >= last.start, position < last.end else { return }
    if position > last.start {
      cut(pieces.count - 1, at: position)
    }
    noteRetransmission(pieces.count - 1, at: now)
  }

  private mutating func noteRetransmission(_ index: Int, at now: Instant) {
    pieces[index].isRetransmitted = true
    pieces[index].sentAt = now
    hasRetransmissions = true
  }
}
