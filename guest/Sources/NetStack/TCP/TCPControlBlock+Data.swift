// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// Takes the payload of a segment that starts `offset` behind RCV.NXT, and the FIN behind it
  /// (RFC 9293, section 3.10.7.4, "seventh" and "eighth").
  mutating func receiveData(_ payload: Span<UInt8>, offset: Int, isFinal: Bool, at now: Instant) {
    switch state {
    case .established, .finWait1, .finWait2: break
    case .synSent, .synReceived, .closeWait, .closing, .lastAck, .timeWait, .closed:
      // There is nothing behind a FIN.
      isAcknowledgmentOwed = true
      return
    }
    if isAbandoned, offset + payload.count > 0 {
      // Nobody would ever read it (RFC 9293, section 3.6.1).
      reset(.aborted)
      return
    }
    noteDuplicate(offset: offset, length: payload.count)
    let before = receiveBuffer.next
    let hadGaps = receiveBuffer.hasGaps
    store(payload, offset: offset, isFinal: isFinal)
    let count = Int(receiveBuffer.next - before)
    if count > 0 {
      duplicatesOwed = 0
      receivedSinceAcknowledgment += count
      receivedSegmentSize = max(receivedSegmentSize, min(payload.count, announcedSegmentSize - 40))
      hasNews = true
      growReceiveBuffer(count, at: now)
      acknowledgeSoon(hadGaps: hadGaps, at: now)
    } else if offset > 0 {
      duplicatesOwed = min(duplicatesOwed + 1, Self.mostDuplicates)
    } else {
      isAcknowledgmentOwed = true
    }
    if let end = peerFinish, end <= receiveBuffer.next {
      receiveFinish(at: now)
    }
  }

  /// A peer needs three to send a lost segment again (RFC 5681, section 3.2), and may take each further
  /// one for a segment that has left the network.
  private static let mostDuplicates: UInt8 = 64

  private mutating func store(_ payload: Span<UInt8>, offset: Int, isFinal: Bool) {
    let skipped = min(max(-offset, 0), payload.count)
    let position = receiveBuffer.next + UInt64(max(offset, 0))
    var count = payload.count - skipped
    if let end = peerFinish {
      count = min(count, end > position ? Int(end - position) : 0)
    }
    if count > 0 {
      _ = receiveBuffer.insert(payload.extracting(skipped..<skipped + count), at: position)
    }
    let end = position + UInt64(count)
    // A FIN next in order is taken even if the window is full.
    if isFinal, peerFinish == nil, offset + payload.count >= 0,
      end <= max(advertisedEnd, receiveBuffer.next)
    {
      peerFinish = end
    }
  }

  /// Every second full segment is acknowledged at once, and what others wait for; the rest a little
  /// later (RFC 9293, section 3.8.6.3; RFC 5681, section 4.2).
  private mutating func acknowledgeSoon(hadGaps: Bool, at now: Instant) {
    if hadGaps || receiveBuffer.hasGaps
      || receivedSinceAcknowledgment >= 2 * receivedSegmentSize
    {
      isAcknowledgmentOwed = true
    } else if acknowledgmentDeadline == .never {
      acknowledgmentDeadline = now.advanced(byNanoseconds: options.acknowledgmentDelay)
    }
  }

  /// Doubles the room when half of it was used in a round trip and read.
  private mutating func growReceiveBuffer(_ count: Int, at now: Instant) {
    if now.nanoseconds(since: receiveRoundStart) > roundTrip.smoothed {
      receiveRoundStart = now
      receivedInRound = 0
    }
    receivedInRound += count
    if receivedInRound - receiveBuffer.readable > receiveBuffer.limit / 2,
      receiveBuffer.limit < options.receiveLimit
    {
      receiveBuffer.limit = min(receiveBuffer.limit * 2, options.receiveLimit)
    }
  }

  private mutating func receiveFinish(at now: Instant) {
    isFinishReceived = true
    isAcknowledgmentOwed = true
    hasNews = true
    switch state {
    case .established: state = .closeWait
    case .finWait1: state = .closing
    case .finWait2: enterTimeWait(at: now)
    case .synSent, .synReceived, .closeWait, .closing, .lastAck, .timeWait, .closed: break
    }
  }
}
