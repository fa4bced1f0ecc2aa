// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// All that is known of a connection: its transmission control block (RFC 9293, section 3.3.1), as a
/// state machine that is given segments and the time, and asked for segments to send.
///
/// Bytes of both directions are counted from 0 by 64-bit positions, in front of which stands the SYN,
/// so that only what comes from the wire needs arithmetic modulo 2^32.
struct TCPControlBlock: ~Copyable {
  typealias Options = TCPConnection.Options
  typealias State = TCPConnection.State
  typealias Agreement = TCPConnection.Agreement

  /// Both ends.
  let flow: TCPFlow
  /// What was chosen.
  var options: Options {
    didSet {
      if keepAliveDeadline == .never, state != .closed, state != .timeWait {
        scheduleKeepAlive(at: lastReceivedAt)
      }
    }
  }
  /// The state.
  var state: State
  /// Why the connection ended, if it did not as both sides wanted.
  var failure: TCPError?

  // What is sent (RFC 9293, section 3.3.1).
  /// ISS
  let initialSend: SequenceNumber
  var sendBuffer: SendBuffer
  /// SND.UNA
  var unacknowledged: UInt64 = 0
  /// SND.NXT
  var sendNext: UInt64 = 0
  /// SND.WND
  var sendWindow = 0
  /// The largest SND.WND so far.
  var largestSendWindow = 0
  /// SND.WL1
  var windowSequence = SequenceNumber(0)
  /// Snd.Wind.Shift (RFC 7323, section 2.3)
  var sendShift: UInt8 = 0
  /// The most payload that the peer takes in a segment, before options.
  var peerSegmentSize: Int
  /// The most payload that the way to the peer carries in a segment, before options.
  var pathSegmentSize: Int
  /// The most payload in a segment with the options that each has.
  var segmentSize: Int
  /// Whether the application has no more to write.
  var isFinishing = false
  /// Whether the application waits for room.
  var isWriterWaiting = false

  // What is received.
  /// IRS
  var initialReceive = SequenceNumber(0)
  var receiveBuffer: ReceiveBuffer
  /// The position where the window ends that the peer knows of.
  var advertisedEnd: UInt64 = 0
  /// Rcv.Wind.Shift
  var receiveShift: UInt8
  /// MSS as we announce it.
  let announcedSegmentSize: Int
  /// The largest payload of a packet so far, by which full segments are known.
  var receivedSegmentSize = 536
  /// The position of the peer's FIN, once it is known.
  var peerFinish: UInt64?
  /// Whether everything in front of the peer's FIN has arrived.
  var isFinishReceived = false
  /// Whether nobody reads any more.
  var isAbandoned = false
  /// What arrived in order in a round trip, which says how much room there should be.
  var receivedInRound = 0
  var receiveRoundStart: Instant

  // What both sides have agreed on. Until they have, what we would like.
  var usesScaling = true
  var usesSelectiveAcknowledgments: Bool
  var usesTimestamps: Bool

  // Timestamps (RFC 7323, section 4).
  let timestampOffset: UInt32
  /// TS.Recent
  var recentTimestamp: UInt32 = 0
  var recentTimestampAt: Instant
  /// Last.ACK.sent
  var lastAcknowledgmentSent = SequenceNumber(0)

  // What is to be sent besides data.
  var isHandshakeSegmentOwed = false
  var isAcknowledgmentOwed = false
  /// How many segments came out of order that are not answered, at most `mostDuplicates`.
  var duplicatesOwed: UInt8 = 0
  /// The bytes that arrived in order since an acknowledgment was sent.
  var receivedSinceAcknowledgment = 0
  /// What arrived twice, for the next acknowledgment (RFC 2883).
  var duplicate: TCPOptions.Block?
  var owedReset: Reset?
  var isLossProbeOwed = false
  var isWindowProbeOwed = false
  var isKeepAliveOwed = false
  /// Whether a byte behind SND.NXT was sent to learn the window, so that it may be acknowledged.
  var isWindowProbeSent = false
  var challengesStart: Instant
  var challengeCount = 0

  // Loss and congestion.
  var scoreboard = TCPScoreboard()
  var recent = TCPRecentDelivery()
  var roundTrip = RoundTripEstimator()
  var congestion: CongestionControl
  var undo = TCPUndo()
  var phase = Phase.open
  /// SND.NXT when a loss was found: what ends the recovery when it is acknowledged.
  var recoveryEnd: UInt64 = 0
  /// Whether a lost segment is to be sent whatever the window.
  var isRetransmissionForced = false
  var duplicateAcknowledgments = 0
  /// TLP.end_seq (RFC 8985, section 7.1)
  var lossProbeEnd: UInt64?
  /// TLP.is_retrans
  var isLossProbeRetransmission = false
  /// The most that was in flight in this round trip.
  var largestFlight = 0
  var flightRoundEnd: UInt64 = 0

  // Time.
  var retransmissionDeadline = Instant.never
  var lossProbeDeadline = Instant.never
  var reorderingDeadline = Instant.never
  var windowProbeDeadline = Instant.never
  var acknowledgmentDeadline = Instant.never
  var keepAliveDeadline = Instant.never
  /// The end of TIME-WAIT, or of a FIN-WAIT-2 in which nobody reads.
  var lingerDeadline = Instant.never
  /// How often in a row there was no answer.
  var retries = 0
  var unansweredProbes = 0
  var isHandshakeRepeated = false
  /// Whether the network has said that there is no way to the peer since it last answered.
  var isUnreachable = false
  /// Since when something is unanswered.
  var progressAt: Instant
  var lastSentAt: Instant
  var lastReceivedAt: Instant
  /// Whether there is something to tell the observer.
  var hasNews = false

  /// What is known of loss (RFC 6675, section 5).
  enum Phase {
    /// Nothing is lost.
    case open
    /// Something is, and is sent again.
    case recovery
    /// There was no answer at all, and everything is sent again.
    case timeout
  }

  /// A reset that is to be sent.
  enum Reset {
    /// To a segment that belongs to no connection, with the number that it acknowledges.
    case answer(SequenceNumber)
    /// To end this connection.
    case abort
  }

  init(
    flow: TCPFlow, state: State, initialSend: SequenceNumber, maximumSegmentSize: Int,
    timestampOffset: UInt32, options: Options, now: Instant
  ) {
    self.flow = flow
    self.state = state
    self.options = options
    self.initialSend = initialSend
    let ownSize = max(maximumSegmentSize, Self.smallestSegmentSize)
    announcedSegmentSize = ownSize
    pathSegmentSize = ownSize
    peerSegmentSize = Self.defaultSegmentSize(to: flow.remote.address)
    segmentSize = min(ownSize, peerSegmentSize)
    sendBuffer = SendBuffer(limit: min(options.sendLimit, Self.firstBufferLimit))
    receiveBuffer = ReceiveBuffer(limit: min(options.receiveLimit, Self.firstBufferLimit))
    receiveShift = Self.windowShift(for: options.receiveLimit)
    congestion = CongestionControl(options.congestionControl, segmentSize: segmentSize)
    usesTimestamps = options.usesTimestamps
    usesSelectiveAcknowledgments = options.usesSelectiveAcknowledgments
    self.timestampOffset = timestampOffset
    receiveRoundStart = now
    recentTimestampAt = now
    challengesStart = now
    progressAt = now
    lastSentAt = now
    lastReceivedAt = now
  }

  /// Whether there is something to tell the observer, once.
  mutating func takeNews() -> Bool {
    defer { hasNews = false }
    return hasNews
  }
}
