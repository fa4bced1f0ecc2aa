// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension TCPConnection {
  /// The state of a connection (RFC 9293, section 3.3.2). LISTEN is not one of a connection.
  public enum State: Hashable, Sendable {
    /// A SYN was sent or is about to be.
    case synSent
    /// A SYN was received and answered by one.
    case synReceived
    /// Data goes both ways.
    case established
    /// We have finished, which is not acknowledged yet.
    case finWait1
    /// We have finished, the peer has not.
    case finWait2
    /// The peer has finished, we have not.
    case closeWait
    /// Both have finished at the same time, and ours is not acknowledged yet.
    case closing
    /// The peer had finished and we have, which is not acknowledged yet.
    case lastAck
    /// Both have finished; old segments may still arrive.
    case timeWait
    /// There is no connection.
    case closed
  }

  /// What may be chosen about a connection. Times are nanoseconds.
  public struct Options: Sendable {
    /// Whether small writes are sent at once, instead of together by Nagle's algorithm (RFC 9293,
    /// section 3.7.4).
    public var noDelay = true
    /// After how long without a segment the peer is asked whether it is still there (RFC 9293,
    /// section 3.8.4); nil for never.
    public var keepAlive: UInt64?
    /// The most bytes that are kept until the peer acknowledges them.
    public var sendLimit = 1 << 20
    /// The most bytes that are kept until the application reads them.
    public var receiveLimit = 1 << 20
    /// How long the peer may leave something unanswered (RFC 9293, section 3.8.3).
    public var userTimeout: UInt64 = 180_000_000_000
    /// How long TIME-WAIT lasts: twice the lifetime of a segment (RFC 9293, section 3.4.2).
    public var timeWait: UInt64 = 60_000_000_000
    /// The longest that an acknowledgment waits for data to go with.
    public var acknowledgmentDelay: UInt64 = 40_000_000
    /// Whether timestamps are offered (RFC 7323).
    public var usesTimestamps = true
    /// Whether selective acknowledgments are offered (RFC 2018).
    public var usesSelectiveAcknowledgments = true
    /// How the rate of sending follows what the network carries.
    public var congestionControl = CongestionControl.Algorithm.cubic

    /// The usual.
    public init() {}
  }

  /// What both sides have agreed on in their first segments, for a connection whose first segments
  /// were not kept (RFC 4987, section 3.6).
  public struct Agreement: Sendable {
    /// The largest segment that the peer takes.
    public var maximumSegmentSize: Int
    /// The shift counts of the peer's windows and of ours, nil unless both sides scale.
    public var windowScales: (peer: UInt8, own: UInt8)?
    /// Whether both sides take selective acknowledgments.
    public var isSACKPermitted: Bool
    /// What our timestamps are ahead of the milliseconds of our clock, nil without timestamps.
    public var timestampOffset: UInt32?

    /// An agreement without any option but the largest segment.
    public init(maximumSegmentSize: Int) {
      self.maximumSegmentSize = maximumSegmentSize
      isSACKPermitted = false
    }
  }
}
