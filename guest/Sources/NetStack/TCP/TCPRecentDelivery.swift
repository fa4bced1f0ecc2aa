// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What was sent last of all that has arrived, and how far the network was seen to reorder: the state
/// of RACK (RFC 8985, section 5.3).
struct TCPRecentDelivery {
  /// RACK.xmit_ts
  private(set) var sentAt = Instant(nanoseconds: 0)
  /// RACK.end_seq
  private(set) var end: UInt64 = 0
  /// RACK.rtt
  private(set) var roundTrip: UInt64 = 0
  /// RACK.fack
  private(set) var highestEnd: UInt64 = 0
  /// RACK.reordering_seen
  private(set) var isReorderingSeen = false
  /// RACK.reo_wnd_mult
  private var windowMultiplier: UInt64 = 1
  /// RACK.reo_wnd_persist
  private var recoveriesLeft = 16
  /// RACK.dsack_round
  private var duplicateRound: UInt64?

  /// Whether the piece was sent before what is known to have arrived.
  func wasSentAfter(_ piece: TCPScoreboard.Piece) -> Bool {
    sentAt > piece.sentAt || (sentAt == piece.sentAt && end > piece.end)
  }

  /// Takes over what an acknowledgment has told (RFC 8985, section 6.2, steps 2 and 3).
  /// What was sent twice and arrived faster than ever is the first copy.
  mutating func update(_ delivery: TCPDelivery, fastest: UInt64, at now: Instant) {
    highestEnd = delivery.highestEnd
    isReorderingSeen = isReorderingSeen || delivery.isReordered
    if delivery.roundTripStart == nil, now.nanoseconds(since: delivery.sentAt) < fastest {
      return
    }
    if delivery.sentAt > sentAt || (delivery.sentAt == sentAt && delivery.end > end) {
      sentAt = delivery.sentAt
      end = delivery.end
      roundTrip = now.nanoseconds(since: sentAt)
    }
  }

  /// Something was sent twice without need: waits longer for what is reordered, once for all that is
  /// in flight up to `sendNext`.
  mutating func sawDuplicate(unacknowledged: UInt64, sendNext: UInt64) {
    if let round = duplicateRound, unacknowledged < round {
      return
    }
    duplicateRound = sendNext
    windowMultiplier = min(windowMultiplier + 1, 64)
    recoveriesLeft = 16
  }

  /// A recovery has ended.
  mutating func recoveryEnded() {
    recoveriesLeft -= 1
    if recoveriesLeft <= 0 {
      windowMultiplier = 1
      recoveriesLeft = 16
    }
  }

  /// RACK.reo_wnd (RFC 8985, section 6.2, step 4).
  func reorderingWindow(isCertain: Bool, minimum: UInt64, smoothed: UInt64) -> UInt64 {
    if !isReorderingSeen, isCertain {
      return 0
    }
    return min(windowMultiplier * (minimum / 4), smoothed)
  }
}
