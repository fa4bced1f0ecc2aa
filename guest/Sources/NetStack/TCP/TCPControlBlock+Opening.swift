// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// Smaller segments are not made, whatever a peer or a router says: each would cost more than it
  /// carries.
  static let smallestSegmentSize = 128
  /// The first limit of a buffer.
  static let firstBufferLimit = 256 << 10

  /// What a peer takes that does not say (RFC 9293, section 3.7.1).
  static func defaultSegmentSize(to address: IPAddress) -> Int {
    switch address {
    case .v4: 536
    case .v6: 1220
    }
  }

  /// The smallest shift with which a window of `limit` bytes can be told.
  static func windowShift(for limit: Int) -> UInt8 {
    var shift: UInt8 = 0
    while shift < 14, limit >> Int(shift) > 0xffff {
      shift += 1
    }
    return shift
  }

  /// Opens a connection: a SYN is to be sent. `maximumSegmentSize` is what we take and the way to
  /// the peer carries: its packet size without the headers of IP and TCP.
  init(
    connecting flow: TCPFlow, initialSequence: UInt32, maximumSegmentSize: Int,
    options: Options = Options(), at now: Instant
  ) {
    self.init(
      flow: flow, state: .synSent, initialSend: SequenceNumber(initialSequence),
      maximumSegmentSize: maximumSegmentSize, timestampOffset: initialSequence, options: options,
      now: now)
    isHandshakeSegmentOwed = true
  }

  /// Answers `syn`: a SYN is to be sent that acknowledges it.
  init(
    accepting syn: TCPHeader, flow: TCPFlow, initialSequence: UInt32, maximumSegmentSize: Int,
    options: Options = Options(), at now: Instant
  ) {
    self.init(
      flow: flow, state: .synReceived, initialSend: SequenceNumber(initialSequence),
      maximumSegmentSize: maximumSegmentSize, timestampOffset: initialSequence, options: options,
      now: now)
    acceptSYN(syn, at: now)
    isHandshakeSegmentOwed = true
  }

  /// Takes a connection over that was answered without being kept, by the first segment behind the
  /// SYNs, which is then to be given to `receive`, too.
  init(
    cookie acknowledgment: TCPHeader, agreement: Agreement, flow: TCPFlow, maximumSegmentSize: Int,
    options: Options = Options(), at now: Instant
  ) {
    self.init(
      flow: flow, state: .established,
      initialSend: SequenceNumber(acknowledgment.acknowledgment &- 1),
      maximumSegmentSize: maximumSegmentSize, timestampOffset: agreement.timestampOffset ?? 0,
      options: options, now: now)
    initialReceive = SequenceNumber(acknowledgment.sequence &- 1)
    usesScaling = agreement.windowScales != nil
    sendShift = min(agreement.windowScales?.peer ?? 0, 14)
    receiveShift = min(agreement.windowScales?.own ?? 0, 14)
    usesSelectiveAcknowledgments = agreement.isSACKPermitted
    usesTimestamps = agreement.timestampOffset != nil
    peerSegmentSize = max(agreement.maximumSegmentSize, Self.smallestSegmentSize)
    if let timestamps = acknowledgment.options.timestamps {
      recentTimestamp = timestamps.value
    }
    lastAcknowledgmentSent = receiveNext
    // The first segments told windows without a scale.
    advertisedEnd = UInt64(min(receiveBuffer.room, 0xffff))
    updateSegmentSize()
    becomeEstablished(acknowledgment, windowShift: sendShift, at: now)
  }

  /// Takes over the peer's first number and what it offers in its SYN.
  mutating func acceptSYN(_ syn: TCPHeader, at now: Instant) {
    initialReceive = SequenceNumber(syn.sequence)
    lastAcknowledgmentSent = receiveNext
    let offer = syn.options
    if let size = offer.maximumSegmentSize {
      peerSegmentSize = max(Int(size), Self.smallestSegmentSize)
    }
    usesSelectiveAcknowledgments = usesSelectiveAcknowledgments && offer.isSACKPermitted
    if usesScaling, let scale = offer.windowScale {
      sendShift = min(scale, 14)
    } else {
      usesScaling = false
      sendShift = 0
      receiveShift = 0
    }
    if usesTimestamps, let timestamps = offer.timestamps {
      recentTimestamp = timestamps.value
      recentTimestampAt = now
    } else {
      usesTimestamps = false
    }
    updateSegmentSize()
    // The window of a SYN is never scaled (RFC 7323, section 2.2).
    updateSendWindow(Int(syn.window), sequence: SequenceNumber(syn.sequence))
  }

  /// The size of segments after one of its limits has changed, before anything was sent.
  private mutating func updateSegmentSize() {
    segmentSize = currentSegmentSize
    congestion = CongestionControl(options.congestionControl, segmentSize: segmentSize)
  }

  /// The handshake is done: data may go both ways.
  mutating func becomeEstablished(_ header: TCPHeader, windowShift: UInt8, at now: Instant) {
    state = isFinishing ? .finWait1 : .established
    updateSendWindow(
      Int(header.window) << Int(windowShift), sequence: SequenceNumber(header.sequence))
    isHandshakeSegmentOwed = false
    retransmissionDeadline = .never
    retries = 0
    progressAt = now
    receiveRoundStart = now
    scheduleKeepAlive(at: now)
    hasNews = true
  }
}
