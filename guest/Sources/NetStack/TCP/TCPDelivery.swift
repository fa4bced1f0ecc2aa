// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What one acknowledgment says has arrived.
struct TCPDelivery {
  /// The bytes that were not known to have arrived.
  private(set) var count = 0
  /// The last that was sent of it.
  private(set) var sentAt = Instant(nanoseconds: 0)
  private(set) var end: UInt64 = 0
  private var lastSentOnce: Instant?
  private var hasRetransmissions = false
  /// Whether something arrived that was sent before something that had arrived already.
  private(set) var isReordered = false
  /// The end of what has arrived.
  private(set) var highestEnd: UInt64
  private let highestEndBefore: UInt64
  /// What was sent again later than this cannot be what is acknowledged: the first copy was.
  private let latestRetransmission: Instant

  init(highestEnd: UInt64, latestRetransmission: Instant) {
    self.highestEnd = highestEnd
    highestEndBefore = highestEnd
    self.latestRetransmission = latestRetransmission
  }

  /// When something was sent whose round trip has just ended (RFC 6298, section 3); nil if what was
  /// sent twice is among it: the rest may have waited for that at the peer.
  var roundTripStart: Instant? { hasRetransmissions ? nil : lastSentOnce }

  mutating func add(_ piece: TCPScoreboard.Piece, count: Int, end: UInt64) {
    self.count += count
    highestEnd = max(highestEnd, end)
    if piece.isRetransmitted {
      hasRetransmissions = true
      if piece.sentAt > latestRetransmission {
        return
      }
    } else {
      isReordered = isReordered || end < highestEndBefore
      lastSentOnce = max(lastSentOnce ?? piece.sentAt, piece.sentAt)
    }
    if piece.sentAt > sentAt || (piece.sentAt == sentAt && end > self.end) {
      sentAt = piece.sentAt
      self.end = end
    }
  }
}
