// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// Takes what a segment acknowledges. False if the rest of it is not to be looked at.
  mutating func acknowledge(_ header: TCPHeader, payloadCount: Int, at now: Instant) -> Bool {
    let distance =
      SequenceNumber(header.acknowledgment) - sequence(ofSent: unacknowledged)
    let outstanding = Int(sendNext - unacknowledged) + (isWindowProbeSent ? 1 : 0)
    // What was never sent, and what is older than a window, may be forged (RFC 5961, section 5).
    guard distance <= outstanding, distance >= -max(largestSendWindow, 1) else {
      challenge(at: now)
      return false
    }
    guard distance >= 0 else { return true }
    let isDuplicate = distance == 0 && payloadCount == 0 && !noteWindow(header, at: now)
    if distance > 0 {
      _ = noteWindow(header, at: now)
    }
    if distance == 0, header.options.blockCount == 0, scoreboard.isEmpty || !isDuplicate {
      return state != .closed
    }
    processAcknowledgment(header, count: distance, isDuplicate: isDuplicate, at: now)
    return state != .closed
  }

  /// Takes over the window, unless the segment is older than the one that told the last. Returns
  /// whether it has changed.
  private mutating func noteWindow(_ header: TCPHeader, at now: Instant) -> Bool {
    let sequence = SequenceNumber(header.sequence)
    guard sequence - windowSequence >= 0 else { return false }
    let window = Int(header.window) << Int(sendShift)
    let hasChanged = window != sendWindow
    updateSendWindow(window, sequence: sequence)
    if windowProbeDeadline != .never {
      // Whoever answers probes may keep the window closed for as long as it likes (RFC 9293,
      // section 3.8.6.1), but not at the cost of what an application has left behind (RFC 6429).
      if !isAbandoned {
        progressAt = now
      }
      if window > 0 {
        windowProbeDeadline = .never
        isWindowProbeOwed = false
        retries = 0
      }
    } else if window == 0, !isAbandoned {
      progressAt = now
    }
    return hasChanged
  }

  private mutating func processAcknowledgment(
    _ header: TCPHeader, count: Int, isDuplicate: Bool, at now: Instant
  ) {
    let wasLimited = isCongestionLimited
    var delivery = TCPDelivery(
      highestEnd: recent.highestEnd, latestRetransmission: latestRetransmission(header, at: now))
    if count > 0 {
      advance(by: count, &delivery, at: now)
    }
    let duplicate = noteBlocks(header, &delivery)
    let sample = noteRoundTrip(delivery, header, isAdvancing: count > 0, at: now)
    if delivery.count > 0 {
      recent.update(
        delivery, fastest: min(roundTrip.minimum, roundTrip.smoothed), at: now)
    }
    if let duplicate {
      noteArrivedTwice(duplicate)
    }
    if phase != .open, count > 0, unacknowledged >= recoveryEnd {
      leaveRecovery()
    }
    if count > 0, phase != .recovery {
      congestion.acknowledged(count, roundTrip: sample, isWindowLimited: wasLimited, at: now)
      growSendBuffer()
    }
    noteLossProbe(header, sawDuplicate: duplicate != nil, isDuplicate: isDuplicate, at: now)
    detectLosses(count: count, isDuplicate: isDuplicate, at: now)
    if count > 0 {
      restartRetransmissionTimer(at: now)
      finishAcknowledged(at: now)
    }
  }

  /// Moves SND.UNA.
  private mutating func advance(by count: Int, _ delivery: inout TCPDelivery, at now: Instant) {
    unacknowledged += UInt64(count)
    if unacknowledged > sendNext {
      // The byte that asked for the window was taken.
      sendNext = unacknowledged
    }
    if unacknowledged >= sendNext {
      isWindowProbeSent = false
    }
    scoreboard.acknowledge(to: unacknowledged, &delivery)
    sendBuffer.removeFirst(to: min(unacknowledged, sendBuffer.end))
    progressAt = now
    retries = 0
    if unacknowledged >= flightRoundEnd {
      flightRoundEnd = sendNext
      largestFlight = scoreboard.inFlight
    }
    if isWriterWaiting, sendBuffer.room >= sendBuffer.limit / 4 {
      isWriterWaiting = false
      hasNews = true
    }
  }

  /// Takes the blocks of a selective acknowledgment over. Returns what the first says that has
  /// arrived twice (RFC 2883, section 4).
  private mutating func noteBlocks(
    _ header: TCPHeader, _ delivery: inout TCPDelivery
  ) -> Range<UInt64>? {
    guard usesSelectiveAcknowledgments else { return nil }
    let base = sequence(ofSent: unacknowledged)
    let outstanding = Int(sendNext - unacknowledged)
    var duplicate: Range<UInt64>?
    for index in 0..<header.options.blockCount {
      let block = header.options.block(index)
      let left = SequenceNumber(block.left) - base
      let right = SequenceNumber(block.right) - base
      guard left < right else { continue }
      if left >= 0, right <= outstanding {
        if index == 0, header.options.blockCount > 1, isInside(block, header.options.block(1)) {
          duplicate = unacknowledged + UInt64(left)..<unacknowledged + UInt64(right)
          continue
        }
        scoreboard.acknowledge(
          unacknowledged + UInt64(left)..<unacknowledged + UInt64(right), &delivery)
      } else if index == 0, right <= 0, right > -largestSendWindow {
        let end = unacknowledged - min(UInt64(-right), unacknowledged)
        duplicate = end - min(UInt64(right - left), end)..<end
      }
    }
    return duplicate
  }

  private func isInside(_ inner: TCPOptions.Block, _ outer: TCPOptions.Block) -> Bool {
    SequenceNumber(inner.left) - SequenceNumber(outer.left) >= 0
      && SequenceNumber(outer.right) - SequenceNumber(inner.right) >= 0
  }

  /// The last time at which something can have been sent that is acknowledged with this echo.
  private func latestRetransmission(_ header: TCPHeader, at now: Instant) -> Instant {
    guard usesTimestamps, let timestamps = header.options.timestamps else { return .never }
    let age = timestamp(at: now) &- timestamps.echo
    let milliseconds = now.nanoseconds / 1_000_000
    guard UInt64(age) <= milliseconds else { return .never }
    return Instant(nanoseconds: (milliseconds - UInt64(age)) * 1_000_000 + 999_999)
  }

  /// Measures the round trip, by what was sent once, else by timestamps (RFC 6298, section 3; RFC
  /// 7323, section 4.1).
  private mutating func noteRoundTrip(
    _ delivery: TCPDelivery, _ header: TCPHeader, isAdvancing: Bool, at now: Instant
  ) -> UInt64? {
    if let start = delivery.roundTripStart {
      let sample = now.nanoseconds(since: start)
      roundTrip.add(sampleNanoseconds: sample)
      return sample
    }
    guard isAdvancing, delivery.count > 0, usesTimestamps,
      let timestamps = header.options.timestamps
    else { return nil }
    let age = timestamp(at: now) &- timestamps.echo
    guard age < 60_000 else { return nil }
    let sample = max(UInt64(age), 1) * 1_000_000
    roundTrip.add(sampleNanoseconds: sample)
    return sample
  }

  /// Keeps as much as two windows of the network, so that the window is what limits.
  private mutating func growSendBuffer() {
    if congestion.window > sendBuffer.limit / 2, sendBuffer.limit < options.sendLimit {
      sendBuffer.limit = min(sendBuffer.limit * 2, options.sendLimit)
    }
  }

  /// The states that the acknowledgment of our FIN leads to.
  private mutating func finishAcknowledged(at now: Instant) {
    guard isFinishAcknowledged else { return }
    switch state {
    case .finWait1:
      state = .finWait2
      hasNews = true
      lingerIfAbandoned(at: now)
    case .closing:
      enterTimeWait(at: now)
    case .lastAck:
      close()
    case .synSent, .synReceived, .established, .finWait2, .closeWait, .timeWait, .closed:
      break
    }
  }
}
