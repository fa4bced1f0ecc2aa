// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

extension TCPControlBlock {
  /// The next segment to send, nil for none until something changes. It has up to `limit` bytes of
  /// payload if something divides it into packets, else at most one packet's.
  mutating func nextSegment(limit: Int = 0, at now: Instant) -> TCPSegment? {
    if let owedReset {
      self.owedReset = nil
      return resetSegment(owedReset)
    }
    switch state {
    case .closed: return nil
    case .synSent, .synReceived:
      if isHandshakeSegmentOwed {
        return handshakeSegment(at: now)
      }
    case .timeWait, .finWait2: break
    case .established, .closeWait, .finWait1, .closing, .lastAck:
      if let segment = dataSegment(limit: limit, at: now) {
        return segment
      }
    }
    return controlSegment(at: now)
  }

  private mutating func dataSegment(limit: Int, at now: Instant) -> TCPSegment? {
    if scoreboard.lostCount > 0, let segment = retransmission(limit: limit, at: now) {
      return segment
    }
    if isLossProbeOwed {
      isLossProbeOwed = false
      if let segment = lossProbe(at: now) {
        return segment
      }
    }
    guard unsentCount > 0 else { return nil }
    return newData(limit: limit, at: now)
  }

  private mutating func controlSegment(at now: Instant) -> TCPSegment? {
    if isWindowProbeOwed {
      isWindowProbeOwed = false
      if let probe = windowProbe(at: now) {
        return probe
      }
    }
    if isKeepAliveOwed {
      isKeepAliveOwed = false
      // What is not acceptable is answered (RFC 9293, section 3.8.4).
      return bareSegment(at: sequence(ofSent: sendNext) + -1, now: now)
    }
    guard state != .synSent else { return nil }
    if isAcknowledgmentOwed {
      return bareSegment(at: sequence(ofSent: sendNext), now: now)
    }
    if duplicatesOwed > 0 {
      // Each segment out of order is answered by itself (RFC 5681, section 4.2).
      duplicatesOwed -= 1
      return bareSegment(
        at: sequence(ofSent: sendNext), firstBlock: Int(duplicatesOwed), now: now)
    }
    return nil
  }

  // MARK: Retransmission

  private mutating func retransmission(limit: Int, at now: Instant) -> TCPSegment? {
    guard let piece = scoreboard.firstLost() else { return nil }
    let room = congestion.window - inFlight
    guard isRetransmissionForced || room >= segmentSize || inFlight == 0 else { return nil }
    let packetSize = self.packetSize
    let most = min(
      largestPayload(limit, packetSize), max(room / packetSize * packetSize, packetSize))
    let (segment, count) = segment(
      at: piece.start, count: min(Int(piece.count), most), packetSize: packetSize, now: now)
    isRetransmissionForced = false
    scoreboard.retransmittedFirstLost(count: count, at: now)
    undo.sentAgain(count)
    noteSent(at: now)
    return segment
  }

  /// New data if there is, else the last segment again (RFC 8985, section 7.3).
  private mutating func lossProbe(at now: Instant) -> TCPSegment? {
    guard let last = scoreboard.last else { return nil }
    retransmissionDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
    let packetSize = self.packetSize
    let unsent = sendNext < sendBuffer.end ? Int(sendBuffer.end - sendNext) : 0
    if unsent > 0, usableWindow > 0 {
      isLossProbeRetransmission = false
      let segment = transmit(
        count: min(unsent, usableWindow, packetSize), packetSize: packetSize, at: now)
      lossProbeEnd = sendNext
      lossProbeDeadline = .never
      return segment
    }
    isLossProbeRetransmission = true
    lossProbeEnd = sendNext
    let count = min(Int(last.count), packetSize)
    let start = last.end - UInt64(count)
    let (segment, _) = segment(at: start, count: count, packetSize: packetSize, now: now)
    scoreboard.retransmittedLast(from: start, at: now)
    noteSent(at: now)
    return segment
  }

  // MARK: New data

  /// What the peer's window lets us send.
  private var usableWindow: Int {
    max(0, sendWindow - Int(sendNext - unacknowledged))
  }

  /// What was never sent of the sequence space.
  var unsentCount: Int {
    isFinishSent ? 0 : Int(sendBuffer.end - sendNext) + (isFinishing ? 1 : 0)
  }

  private mutating func newData(limit: Int, at now: Instant) -> TCPSegment? {
    restartIfIdle(at: now)
    let wanted = unsentCount
    let available = wanted - (isFinishing ? 1 : 0)
    let packetSize = self.packetSize
    let usable = usableWindow
    let room = congestion.window - inFlight
    if wanted <= usable, available <= room {
      // All of it fits; Nagle's algorithm holds back the last part.
      let most = largestPayload(limit, packetSize)
      if wanted > most {
        return transmit(count: most, packetSize: packetSize, at: now)
      }
      if options.noDelay || isFinishing || scoreboard.isEmpty || available % packetSize == 0 {
        return transmit(count: wanted, packetSize: packetSize, at: now)
      }
      let whole = available / packetSize * packetSize
      return whole > 0 ? transmit(count: whole, packetSize: packetSize, at: now) : nil
    }
    let size = min(available, usable, room)
    let whole = size / packetSize * packetSize
    if whole > 0 {
      let count = min(whole, largestPayload(limit, packetSize))
      return transmit(count: count, packetSize: packetSize, at: now)
    }
    return smallPart(min(available, usable), room: room, packetSize, at: now)
  }

  /// Sends less than a segment into a small window only if that is half of the largest there was, or
  /// after a while (RFC 9293, section 3.8.6.2.1).
  private mutating func smallPart(
    _ count: Int, room: Int, _ packetSize: Int, at now: Instant
  ) -> TCPSegment? {
    if count > 0, count <= max(room, inFlight == 0 ? packetSize : 0),
      count >= largestSendWindow / 2
    {
      return transmit(count: min(count, packetSize), packetSize: packetSize, at: now)
    }
    if scoreboard.isEmpty, windowProbeDeadline == .never, !isWindowProbeOwed {
      retries = 0
      progressAt = now
      windowProbeDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
    }
    return nil
  }

  /// Sends `count` more of the sequence space, or less if the memory is in many parts.
  private mutating func transmit(count: Int, packetSize: Int, at now: Instant) -> TCPSegment {
    let (segment, sent) = segment(at: sendNext, count: count, packetSize: packetSize, now: now)
    if scoreboard.isEmpty {
      progressAt = now
    }
    scoreboard.append(start: sendNext, count: sent, at: now)
    sendNext += UInt64(sent)
    isWindowProbeSent = false
    windowProbeDeadline = .never
    largestFlight = max(largestFlight, scoreboard.inFlight)
    noteSent(at: now)
    scheduleLossProbe(at: now)
    return segment
  }

  /// A byte behind the window, or what fits, so that the peer tells its window (RFC 9293, section
  /// 3.8.6.1).
  private mutating func windowProbe(at now: Instant) -> TCPSegment? {
    let wanted = unsentCount
    guard wanted > 0, scoreboard.isEmpty else { return nil }
    let packetSize = self.packetSize
    if usableWindow > 0 {
      return transmit(
        count: min(wanted, usableWindow, packetSize), packetSize: packetSize, at: now)
    }
    isWindowProbeSent = true
    let (segment, _) = segment(at: sendNext, count: 1, packetSize: packetSize, now: now)
    lastSentAt = now
    return segment
  }

  /// After a while without sending, the window says nothing about the network (RFC 5681, section 4.1).
  private mutating func restartIfIdle(at now: Instant) {
    guard scoreboard.isEmpty else { return }
    let idle = now.nanoseconds(since: lastSentAt)
    if idle > roundTrip.timeout {
      congestion.idle(for: idle, timeout: roundTrip.timeout)
      largestFlight = 0
    }
  }

  private mutating func noteSent(at now: Instant) {
    lastSentAt = now
    if retransmissionDeadline == .never {
      retransmissionDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
    }
  }
}
