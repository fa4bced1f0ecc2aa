// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// RFC 9293, section 3.10.7.3
  mutating func receiveInSynSent(_ header: TCPHeader, at now: Instant) {
    let flags = header.flags
    let acknowledges =
      flags.contains(.ack) && SequenceNumber(header.acknowledgment) == initialSend + 1
    if flags.contains(.ack), !acknowledges {
      if !flags.contains(.rst) {
        owedReset = .answer(SequenceNumber(header.acknowledgment))
      }
      return
    }
    if flags.contains(.rst) {
      if acknowledges {
        fail(.refused)
      }
      return
    }
    guard flags.contains(.syn) else { return }
    acceptSYN(header, at: now)
    lastReceivedAt = now
    if acknowledges {
      noteHandshakeRoundTrip(at: now)
      becomeEstablished(header, windowShift: 0, at: now)
      isAcknowledgmentOwed = true
    } else {
      // Both have opened at the same time.
      state = .synReceived
      isHandshakeSegmentOwed = true
      hasNews = true
    }
  }

  /// The acknowledgment of our SYN. False if the segment acknowledges something else.
  mutating func completeHandshake(_ header: TCPHeader, at now: Instant) -> Bool {
    guard SequenceNumber(header.acknowledgment) == initialSend + 1 else {
      owedReset = .answer(SequenceNumber(header.acknowledgment))
      return false
    }
    noteHandshakeRoundTrip(at: now)
    becomeEstablished(header, windowShift: sendShift, at: now)
    return true
  }

  private mutating func noteHandshakeRoundTrip(at now: Instant) {
    if !isHandshakeRepeated {
      roundTrip.add(sampleNanoseconds: now.nanoseconds(since: lastSentAt))
    }
  }

  /// The SYN, or the SYN that acknowledges one.
  mutating func handshakeSegment(at now: Instant) -> TCPSegment {
    isHandshakeSegmentOwed = false
    var header = TCPHeader(
      sourcePort: flow.local.port, destinationPort: flow.remote.port,
      sequence: initialSend.rawValue, acknowledgment: 0, flags: .syn, window: 0)
    header.options.maximumSegmentSize = UInt16(clamping: announcedSegmentSize)
    header.options.windowScale = usesScaling ? receiveShift : nil
    header.options.isSACKPermitted = usesSelectiveAcknowledgments
    if usesTimestamps {
      header.options.timestamps = TCPOptions.Timestamps(
        value: timestamp(at: now), echo: recentTimestamp)
    }
    let window = min(receiveBuffer.room, 0xffff)
    header.window = UInt16(window)
    advertisedEnd = max(advertisedEnd, UInt64(window))
    if state == .synReceived {
      header.flags = [.syn, .ack]
      header.acknowledgment = receiveNext.rawValue
      isAcknowledgmentOwed = false
    }
    lastSentAt = now
    retransmissionDeadline = now.advanced(byNanoseconds: retransmissionTimeout)
    return TCPSegment(header: header, packetSize: segmentSize)
  }
}
