// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

extension TCPControlBlock {
  /// The most payload in one packet of the next segment.
  @inline(__always)
  var packetSize: Int {
    let blocks = min(receiveBuffer.blockCount, blockLimit)
    return segmentSize - (usesSelectiveAcknowledgments && blocks > 0 ? 4 + 8 * blocks : 0)
  }

  /// How many blocks there is room for (RFC 2018, section 3).
  private var blockLimit: Int { usesTimestamps ? 3 : 4 }

  /// The most payload in a segment of which something makes packets if it is larger than one.
  func largestPayload(_ limit: Int, _ packetSize: Int) -> Int {
    max(limit / packetSize, 1) * packetSize
  }

  /// The part of the sequence space of `count` from `position` on, or less if that is in too many
  /// parts of memory, and how much of the space it is.
  mutating func segment(
    at position: UInt64, count: Int, packetSize: Int, now: Instant
  ) -> (TCPSegment, count: Int) {
    let dataCount = position < sendBuffer.end ? min(count, Int(sendBuffer.end - position)) : 0
    var segment = TCPSegment(
      header: header(at: sequence(ofSent: position), now: now), packetSize: packetSize)
    if dataCount > 0 {
      var parts = sendBuffer.parts(at: position, count: dataCount)
      if parts.byteCount < dataCount, parts.byteCount > packetSize {
        parts = sendBuffer.parts(at: position, count: parts.byteCount / packetSize * packetSize)
      }
      segment.payload = parts
    }
    let sent = segment.payload.byteCount
    if sent > 0, position + UInt64(sent) == sendBuffer.end {
      segment.header.flags.insert(.psh)
    }
    guard sent == dataCount, count > dataCount else { return (segment, sent) }
    segment.header.flags.insert(.fin)
    return (segment, sent + 1)
  }

  /// A segment without data. Blocks that changed last are left out up to `firstBlock`, if there are more.
  mutating func bareSegment(
    at sequence: SequenceNumber, firstBlock: Int = 0, now: Instant
  ) -> TCPSegment {
    var header = header(at: sequence, now: now)
    if duplicate != nil || firstBlock > 0 {
      header.options = optionsFront(at: now)
      if let duplicate {
        header.options.append(duplicate)
        self.duplicate = nil
      }
      appendBlocks(from: firstBlock, to: &header.options)
    }
    return TCPSegment(header: header, packetSize: segmentSize)
  }

  /// A header that acknowledges everything, as each does.
  private mutating func header(at sequence: SequenceNumber, now: Instant) -> TCPHeader {
    let next = receiveNext
    var header = TCPHeader(
      sourcePort: flow.local.port, destinationPort: flow.remote.port, sequence: sequence.rawValue,
      acknowledgment: next.rawValue, flags: .ack, window: advertiseWindow())
    header.options = optionsFront(at: now)
    appendBlocks(to: &header.options)
    lastAcknowledgmentSent = next
    isAcknowledgmentOwed = false
    acknowledgmentDeadline = .never
    receivedSinceAcknowledgment = 0
    return header
  }

  @inline(__always)
  private func optionsFront(at now: Instant) -> TCPOptions {
    var options = TCPOptions()
    if usesTimestamps {
      options.timestamps = TCPOptions.Timestamps(value: timestamp(at: now), echo: recentTimestamp)
    }
    return options
  }

  @inline(__always)
  private func appendBlocks(from first: Int = 0, to options: inout TCPOptions) {
    guard usesSelectiveAcknowledgments, receiveBuffer.hasGaps else { return }
    let count = receiveBuffer.blockCount
    let first = first < count ? first : 0
    for index in first..<min(count, first + blockLimit - options.blockCount) {
      let range = receiveBuffer.block(index)
      options.append(
        TCPOptions.Block(
          left: sequence(ofReceived: range.lowerBound),
          right: sequence(ofReceived: range.upperBound)
        ))
    }
  }

  @inline(__always)
  private func sequence(ofReceived position: UInt64) -> UInt32 {
    initialReceive.rawValue &+ 1 &+ UInt32(truncatingIfNeeded: position)
  }

  func resetSegment(_ reset: Reset) -> TCPSegment {
    var header = TCPHeader(
      sourcePort: flow.local.port, destinationPort: flow.remote.port, sequence: 0,
      acknowledgment: 0, flags: .rst, window: 0)
    switch reset {
    case .answer(let sequence):
      header.sequence = sequence.rawValue
    case .abort:
      header.sequence = sequence(ofSent: sendNext).rawValue
      header.acknowledgment = receiveNext.rawValue
      header.flags = [.rst, .ack]
    }
    return TCPSegment(header: header, packetSize: segmentSize)
  }
}
