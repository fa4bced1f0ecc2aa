// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What one acknowledgment says has arrived.
struct TCPDelivery {
  /// The bytes that were not known to have arrived.
  private(set) var count = 0
  /// The last that was sent of it.
  private(set) var sentAt = Instant(nanoseconds: 0)
  private(set) var end: UInt64 = 0
  /// The last that was sent of what was sent only once: its time is that of a round trip (RFC 6298,
  /// section 3).
  private(set) var roundTripStart: Instant?
  /// Whether something arrived that was sent before something that had arrived already.
  private(set) var isReordered = false
  /// The end of what had arrived already.
  private(set) var highestEnd: UInt64
  /// What was sent again later than this cannot be what is acknowledged: the first copy was.
  private let latestRetransmission: Instant

  init(highestEnd: UInt64, latestRetransmission: Instant) {
    self.highestEnd = highestEnd
    self.latestRetransmission = latestRetransmission
  }

  mutating func add(_ piece: TCPScoreboard.Piece, count: Int, end: UInt64) {
    self.count += count
    if end > highestEnd {
      highestEnd = end
    } else if end < highestEnd, !piece.isRetransmitted {
      isReordered = true
    }
    if !piece.isRetransmitted {
      if piece.sentAt >= roundTripStart ?? piece.sentAt {
        roundTripStart = piece.sentAt
      }
    } else if piece.sentAt > latestRetransmission {
      return
    }
    if piece.sentAt > sentAt || (piece.sentAt == sentAt && end > self.end) {
      sentAt = piece.sentAt
      self.end = end
    }
  }
}
