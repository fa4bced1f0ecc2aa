// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// Takes a segment of this connection, whose checksum is right. What is to be said to it comes from
  /// `nextSegment`.
  mutating func receive(_ header: TCPHeader, _ payload: Span<UInt8>, at now: Instant) {
    switch state {
    case .closed: return
    case .synSent: receiveInSynSent(header, at: now)
    case .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck,
      .timeWait:
      receiveSynchronized(header, payload, at: now)
    }
  }

  /// RFC 9293, section 3.10.7.4, with the checks of RFC 5961 and RFC 7323.
  private mutating func receiveSynchronized(
    _ header: TCPHeader, _ payload: Span<UInt8>, at now: Instant
  ) {
    var sequence = SequenceNumber(header.sequence)
    var flags = header.flags
    if state == .synReceived, flags.contains(.syn), sequence == initialReceive {
      guard flags.contains(.ack) else {
        // Our answer was lost.
        isHandshakeSegmentOwed = !flags.contains(.rst)
        return
      }
      // Both have opened at the same time: the SYN is known, the rest of the segment is not.
      sequence = sequence + 1
      flags.remove(.syn)
    }
    let offset = sequence - receiveNext
    let length = payload.count + (flags.contains(.fin) ? 1 : 0) + (flags.contains(.syn) ? 1 : 0)
    guard isTimely(header, offset: offset, length: length, at: now),
      isAcceptable(offset: offset, length: length, flags: flags, at: now)
    else { return }
    if flags.contains(.rst) {
      receiveReset(offset: offset, at: now)
      return
    }
    if flags.contains(.syn) {
      // RFC 5961, section 4
      challenge(at: now)
      return
    }
    guard flags.contains(.ack) else { return }
    noteTimestamp(header, sequence: sequence, at: now)
    lastReceivedAt = now
    unansweredProbes = 0
    isUnreachable = false
    if state == .synReceived, !completeHandshake(header, at: now) {
      return
    }
    guard acknowledge(header, payloadCount: length, at: now) else { return }
    if length > 0 {
      receiveData(payload, offset: offset, isFinal: flags.contains(.fin), at: now)
    }
  }

  /// Whether the segment is inside of the window (RFC 9293, section 3.10.7.4). If not, it is
  /// answered.
  private mutating func isAcceptable(
    offset: Int, length: Int, flags: TCPHeader.Flags, at now: Instant
  ) -> Bool {
    let window = receiveWindow
    if length == 0 {
      // A peer that has filled the window sends acknowledgments from its end.
      if offset >= 0, offset <= window {
        return true
      }
    } else if offset + length > 0, offset < window || offset == 0 {
      // What has no room in a window of nothing is dropped later, since its acknowledgment counts.
      return true
    }
    if flags.contains(.rst) {
      return false
    }
    if length > 0 {
      noteDuplicate(offset: offset, length: length)
      isAcknowledgmentOwed = true
    } else {
      challenge(at: now)
    }
    if state == .timeWait, flags.contains(.fin) {
      lingerDeadline = now.advanced(byNanoseconds: options.timeWait)
    }
    return false
  }

  /// Remembers that bytes arrived that had arrived before.
  mutating func noteDuplicate(offset: Int, length: Int) {
    guard usesSelectiveAcknowledgments, offset < 0 else { return }
    let start = receiveNext + offset
    duplicate = TCPOptions.Block(
      left: start.rawValue, right: (start + min(length, -offset)).rawValue)
  }

  /// Whether the segment is not an old one by its timestamp: protection against wrapped sequence
  /// numbers (RFC 7323, section 5.3). If it is, it is answered.
  private mutating func isTimely(
    _ header: TCPHeader, offset: Int, length: Int, at now: Instant
  ) -> Bool {
    guard usesTimestamps, !header.flags.contains(.rst) else { return true }
    // Segments of this connection have timestamps (RFC 7323, section 3.2).
    guard let timestamps = header.options.timestamps else { return false }
    let age = Int32(bitPattern: timestamps.value &- recentTimestamp)
    if age >= 0 || now.nanoseconds(since: recentTimestampAt) > Self.timestampLifetime {
      return true
    }
    if length > 0 {
      noteDuplicate(offset: offset, length: length)
      isAcknowledgmentOwed = true
    } else {
      challenge(at: now)
    }
    return false
  }

  /// After 24 days without a segment the last timestamp says nothing (RFC 7323, section 5.5).
  private static let timestampLifetime: UInt64 = 24 * 86_400 * 1_000_000_000

  /// RFC 7323, section 4.3
  private mutating func noteTimestamp(
    _ header: TCPHeader, sequence: SequenceNumber, at now: Instant
  ) {
    guard usesTimestamps, let timestamps = header.options.timestamps,
      lastAcknowledgmentSent - sequence >= 0
    else { return }
    recentTimestamp = timestamps.value
    recentTimestampAt = now
  }

  /// A reset counts only at exactly RCV.NXT (RFC 5961, section 3).
  private mutating func receiveReset(offset: Int, at now: Instant) {
    guard offset == 0 else {
      challenge(at: now)
      return
    }
    switch state {
    case .timeWait:
      // It would let old segments into the next connection (RFC 1337).
      return
    case .synReceived:
      fail(.refused)
    case .closing, .lastAck:
      // Both have finished, and only our FIN's acknowledgment is missing.
      fail(.reset)
    case .established, .finWait1, .finWait2, .closeWait, .synSent, .closed:
      fail(.reset)
    }
  }

  /// Answers a segment that may be forged by an acknowledgment, but not too often (RFC 5961, section
  /// 7). The count is one connection's own, so that nobody can learn about another by it.
  mutating func challenge(at now: Instant) {
    if now.nanoseconds(since: challengesStart) >= Self.challengePeriod {
      challengesStart = now
      challengeCount = 0
    }
    if challengeCount < Self.challengeLimit {
      challengeCount += 1
      isAcknowledgmentOwed = true
    }
  }

  private static let challengePeriod: UInt64 = 5_000_000_000
  private static let challengeLimit = 10

  /// Ends the connection before its time.
  mutating func fail(_ error: TCPError) {
    failure = error
    close()
  }

  /// Ends the connection. What has arrived can still be read.
  mutating func close() {
    state = .closed
    stopTimers()
    isAcknowledgmentOwed = false
    isHandshakeSegmentOwed = false
    scoreboard = TCPScoreboard()
    sendBuffer = SendBuffer(limit: 0)
    hasNews = true
  }
}
