// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension TCPControlBlock {
  /// When `tick` is to be called, at the latest; nil for never.
  var deadline: Instant? {
    var first = min(retransmissionDeadline, lossProbeDeadline)
    first = min(first, reorderingDeadline)
    first = min(first, windowProbeDeadline)
    first = min(first, acknowledgmentDeadline)
    first = min(first, keepAliveDeadline)
    first = min(first, lingerDeadline)
    return first == .never ? nil : first
  }

  /// Does what is due. Being called early does no harm.
  mutating func tick(at now: Instant) {
    guard state != .closed else { return }
    if now >= lingerDeadline {
      close()
    }
    if now >= acknowledgmentDeadline {
      acknowledgmentDeadline = .never
      isAcknowledgmentOwed = true
    }
    if now >= keepAliveDeadline {
      keepAliveExpired(at: now)
    }
    if now >= windowProbeDeadline {
      windowProbeExpired(at: now)
    }
    if now >= reorderingDeadline {
      detectByTime(at: now)
    }
    if now >= lossProbeDeadline {
      lossProbeDeadline = .never
      isLossProbeOwed = true
      retransmissionDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
    } else if now >= retransmissionDeadline {
      retransmissionExpired(at: now)
    }
  }

  mutating func stopTimers() {
    retransmissionDeadline = .never
    lossProbeDeadline = .never
    reorderingDeadline = .never
    windowProbeDeadline = .never
    acknowledgmentDeadline = .never
    keepAliveDeadline = .never
    lingerDeadline = .never
  }

  /// RTO, which doubles with each time that there was no answer (RFC 6298, section 5.5).
  var retransmissionTimeout: UInt64 {
    var timeout = roundTrip.timeout
    if isHandshakeRepeated, !roundTrip.hasSample, state != .synSent, state != .synReceived {
      // RFC 6298, section 5.7
      timeout = max(timeout, 3_000_000_000)
    }
    return min(timeout << UInt64(min(retries, 10)), Self.longestTimeout)
  }

  private static let longestTimeout: UInt64 = 60_000_000_000
  /// How often an answer to a SYN is sent again.
  private static let handshakeRetries = 5

  /// Something new was acknowledged (RFC 6298, section 5.2 and 5.3).
  mutating func restartRetransmissionTimer(at now: Instant) {
    if scoreboard.isEmpty {
      retransmissionDeadline = .never
      lossProbeDeadline = .never
      reorderingDeadline = .never
      lossProbeEnd = nil
      isLossProbeOwed = false
      leaveRecovery()
    } else {
      retransmissionDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
      scheduleLossProbe(at: now)
    }
  }

  /// RFC 8985, section 7.2
  mutating func scheduleLossProbe(at now: Instant) {
    guard usesSelectiveAcknowledgments, phase == .open, lossProbeEnd == nil,
      scoreboard.acknowledgedCount == 0, retries == 0
    else {
      lossProbeDeadline = .never
      return
    }
    var delay: UInt64 = 1_000_000_000
    if roundTrip.smoothed > 0 {
      delay = max(2 * roundTrip.smoothed, Self.leastProbeDelay)
      if scoreboard.byteCount <= segmentSize {
        // The peer may wait with the acknowledgment of a single segment.
        delay += Self.longestPeerDelay
      }
    }
    lossProbeDeadline = min(now.advanced(byNanoseconds: delay), retransmissionDeadline)
  }

  /// TLP.max_ack_delay
  private static let longestPeerDelay: UInt64 = 200_000_000
  /// Where a round trip takes less than a turn of a scheduler, a peer that was not given the processor
  /// would be taken for a loss.
  private static let leastProbeDelay: UInt64 = 10_000_000

  private mutating func retransmissionExpired(at now: Instant) {
    guard !isUnanswered(at: now) else { return }
    retries += 1
    if state == .synSent || state == .synReceived {
      if state == .synReceived, retries > Self.handshakeRetries {
        fail(.timedOut)
        return
      }
      isHandshakeRepeated = true
      isHandshakeSegmentOwed = true
      retransmissionDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
      return
    }
    guard !scoreboard.isEmpty else {
      retransmissionDeadline = .never
      retries = 0
      return
    }
    if retries == 1 {
      congestion.timedOut(flight: scoreboard.byteCount, at: now)
    }
    lowerSegmentSizeInBlackHole()
    phase = .timeout
    undo.cancel()
    recoveryEnd = sendNext
    duplicateAcknowledgments = 0
    lossProbeEnd = nil
    isLossProbeOwed = false
    reorderingDeadline = .never
    lossProbeDeadline = .never
    scoreboard.markAllLost()
    isRetransmissionForced = true
    retransmissionDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
  }

  /// Ends the connection if the peer has been silent for too long (RFC 9293, section 3.8.3).
  private mutating func isUnanswered(at now: Instant) -> Bool {
    guard now.nanoseconds(since: progressAt) >= options.userTimeout else { return false }
    fail(isUnreachable ? .unreachable : .timedOut)
    return true
  }

  private mutating func windowProbeExpired(at now: Instant) {
    windowProbeDeadline = .never
    guard scoreboard.isEmpty, unsentCount > 0, !isUnanswered(at: now) else { return }
    isWindowProbeOwed = true
    retries += 1
    windowProbeDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
  }

  // MARK: Keep-alive (RFC 9293, section 3.8.4)

  private static let keepAliveInterval: UInt64 = 75_000_000_000
  private static let keepAliveCount = 9

  mutating func scheduleKeepAlive(at now: Instant) {
    if let idle = options.keepAlive {
      keepAliveDeadline = now.advanced(byNanoseconds: idle)
    }
  }

  private mutating func keepAliveExpired(at now: Instant) {
    guard let idle = options.keepAlive else {
      keepAliveDeadline = .never
      return
    }
    let due = max(lastReceivedAt, lastSentAt).advanced(byNanoseconds: idle)
    if due > now, unansweredProbes == 0 {
      keepAliveDeadline = due
      return
    }
    if unansweredProbes >= Self.keepAliveCount {
      fail(.timedOut)
      return
    }
    // What is in flight asks already.
    if scoreboard.isEmpty, windowProbeDeadline == .never {
      unansweredProbes += 1
      isKeepAliveOwed = true
    }
    keepAliveDeadline = now.advanced(byNanoseconds: min(idle, Self.keepAliveInterval))
  }
}
