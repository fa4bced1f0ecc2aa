// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// Whether the window of congestion is what limits the flight, since only then its growth means
  /// anything (RFC 9438, section 4.2; RFC 7661).
  var isCongestionLimited: Bool {
    let window = congestion.window
    return congestion.isInSlowStart
      ? largestFlight * 2 >= window : largestFlight + segmentSize > window
  }

  /// What is in the network. Without selective acknowledgments each duplicate one says that a
  /// segment has left (RFC 5681, section 3.2).
  var inFlight: Int {
    max(0, scoreboard.inFlight - duplicateAcknowledgments * segmentSize)
  }

  /// Finds out what is lost.
  mutating func detectLosses(count: Int, isDuplicate: Bool, at now: Instant) {
    if usesSelectiveAcknowledgments {
      detectByTime(at: now)
    } else if count > 0 {
      duplicateAcknowledgments = 0
      if phase == .recovery {
        // What follows the acknowledged part was lost, too (RFC 6582, section 3.2).
        scoreboard.markFirstLost(segmentSize)
        isRetransmissionForced = true
      }
    } else if isDuplicate, !scoreboard.isEmpty, phase != .timeout {
      duplicateAcknowledgments += 1
      if duplicateAcknowledgments == 3, phase == .open {
        scoreboard.markFirstLost(segmentSize)
        enterRecovery(at: now)
      }
    }
  }

  /// RACK: what was sent a while before what has arrived is lost (RFC 8985, section 6.2).
  mutating func detectByTime(at now: Instant) {
    reorderingDeadline = .never
    guard scoreboard.acknowledgedCount > 0 || scoreboard.hasRetransmissions || phase != .open else {
      return
    }
    let isCertain =
      phase != .open || scoreboard.acknowledgedPieces >= 3
      || scoreboard.acknowledgedCount > 2 * segmentSize
    let window = recent.reorderingWindow(
      isCertain: isCertain, minimum: min(roundTrip.minimum, roundTrip.smoothed),
      smoothed: roundTrip.smoothed)
    let (lost, next) = scoreboard.markLost(by: recent, reorderingWindow: window, at: now)
    if let next {
      reorderingDeadline = next
    }
    if lost > 0, phase == .open {
      enterRecovery(at: now)
    }
  }

  /// RFC 6675, section 5, step 4
  mutating func enterRecovery(at now: Instant) {
    phase = .recovery
    recoveryEnd = sendNext
    undo.begin(unacknowledged..<sendNext)
    congestion.lossDetected(flight: scoreboard.byteCount, at: now)
    isRetransmissionForced = true
    lossProbeDeadline = .never
  }

  /// Something arrived twice: if it was all that the last recovery has sent again, that was reordered,
  /// and the network carries what it did before.
  mutating func noteArrivedTwice(_ range: Range<UInt64>) {
    recent.sawDuplicate(unacknowledged: unacknowledged, sendNext: sendNext)
    if undo.sawDuplicate(range), phase != .timeout {
      congestion.undoReduction()
      leaveRecovery()
    }
  }

  mutating func leaveRecovery() {
    if phase == .recovery {
      recent.recoveryEnded()
    }
    phase = .open
    duplicateAcknowledgments = 0
    isRetransmissionForced = false
  }

  /// What a tail loss probe has found (RFC 8985, section 7.4).
  mutating func noteLossProbe(
    _ header: TCPHeader, sawDuplicate: Bool, isDuplicate: Bool, at now: Instant
  ) {
    guard let end = lossProbeEnd, unacknowledged >= end else { return }
    guard isLossProbeRetransmission else {
      lossProbeEnd = nil
      return
    }
    if sawDuplicate {
      // Both copies have arrived.
      lossProbeEnd = nil
    } else if unacknowledged > end {
      // Only the probe has: there was a loss, which it has mended.
      lossProbeEnd = nil
      if phase == .open {
        undo.cancel()
        congestion.lossDetected(flight: scoreboard.byteCount, at: now)
      }
    } else if isDuplicate, header.options.blockCount == 0 {
      lossProbeEnd = nil
    }
  }
}
