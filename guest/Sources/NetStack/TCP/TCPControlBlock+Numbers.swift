// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// The number on the wire of a position of what we send.
  @inline(__always)
  func sequence(ofSent position: UInt64) -> SequenceNumber {
    SequenceNumber(initialSend.rawValue &+ 1 &+ UInt32(truncatingIfNeeded: position))
  }

  /// RCV.NXT
  @inline(__always)
  var receiveNext: SequenceNumber {
    SequenceNumber(
      initialReceive.rawValue &+ 1 &+ UInt32(truncatingIfNeeded: receiveBuffer.next)
        &+ (isFinishReceived ? 1 : 0))
  }

  /// RCV.WND as the peer knows it.
  @inline(__always)
  var receiveWindow: Int {
    advertisedEnd > receiveBuffer.next ? Int(advertisedEnd - receiveBuffer.next) : 0
  }

  /// Where the window would end if the peer was told all of it.
  @inline(__always)
  var possibleEnd: UInt64 {
    receiveBuffer.next + UInt64(min(receiveBuffer.room, 0xffff << Int(receiveShift)))
  }

  /// Moves the end of the window as far as is worth it, which keeps segments from becoming ever
  /// smaller (RFC 9293, section 3.8.6.2.2), and returns the header's field.
  mutating func advertiseWindow() -> UInt16 {
    let end = possibleEnd
    let least = min(announcedSegmentSize, receiveBuffer.limit / 2)
    if end >= advertisedEnd + UInt64(least) {
      advertisedEnd = end
    }
    return UInt16(clamping: receiveWindow >> Int(receiveShift))
  }

  /// Whether the peer should hear that the window has grown.
  @inline(__always)
  var isWindowUpdateDue: Bool {
    let end = possibleEnd
    guard end > advertisedEnd, !isFinishReceived else { return false }
    let growth = Int(end - advertisedEnd)
    // As long as the peer has at least as much left, acknowledgments will tell.
    return growth >= min(2 * announcedSegmentSize, receiveBuffer.limit / 2)
      && growth >= receiveWindow
  }

  mutating func updateSendWindow(_ window: Int, sequence: SequenceNumber) {
    sendWindow = window
    largestSendWindow = max(largestSendWindow, window)
    windowSequence = sequence
  }

  /// The most payload in a segment with the options that each has.
  var currentSegmentSize: Int {
    max(min(peerSegmentSize, pathSegmentSize), Self.smallestSegmentSize)
      - (usesTimestamps ? Self.timestampsSize : 0)
  }

  private static let timestampsSize = 12

  /// Our clock of timestamps, in milliseconds (RFC 7323, section 5.4).
  @inline(__always)
  func timestamp(at time: Instant) -> UInt32 {
    Self.timestamp(at: time, offset: timestampOffset)
  }

  /// The clock of timestamps of a connection with this offset.
  static func timestamp(at time: Instant, offset: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: time.nanoseconds / 1_000_000) &+ offset
  }

  /// Whether our FIN was sent.
  var isFinishSent: Bool { isFinishing && sendNext > sendBuffer.end }

  /// Whether our FIN was acknowledged.
  var isFinishAcknowledged: Bool { isFinishing && unacknowledged > sendBuffer.end }

  /// Whether a segment of this number was sent and is not acknowledged.
  func isInFlight(_ number: UInt32) -> Bool {
    let isOpening = state == .synSent || state == .synReceived
    let first = isOpening ? initialSend : sequence(ofSent: unacknowledged)
    let number = SequenceNumber(number)
    return first <= number && number < sequence(ofSent: sendNext)
  }
}
