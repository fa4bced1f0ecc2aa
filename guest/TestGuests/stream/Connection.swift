// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Swiftlet

/// The guest's end of a TCP connection, just enough of it for one stream in one direction: what is out
/// of order is lost, nothing controls congestion, and a pause in acknowledgments has everything sent
/// again that they lack.
struct Connection {
  /// What is left of 16 bits of window when they are scaled: 4 MiB.
  static let windowScale: UInt8 = 6
  /// The most bytes that are on their way.
  private static let flightLimit: UInt64 = 4 << 20

  let peer: Peer
  /// The bytes to send.
  let length: UInt64
  private(set) var received: UInt64 = 0
  /// Frames that brought or took payload.
  private(set) var frames = 0
  private(set) var isCorrect = true
  /// Offsets in the stream to send, which begins with the SYN and ends with the FIN: what the peer has,
  /// what is sent next, and the end of what has been sent.
  private(set) var acknowledged: UInt64 = 0
  private var next: UInt64 = 0
  private var sent: UInt64 = 0
  private let firstSequence: UInt32
  private var expected: UInt32
  private var window: UInt64
  private let peerScale: UInt8
  private let isScaled: Bool
  private let segmentSize: Int
  private var peerIsDone = false
  private var owesAcknowledgment = false

  /// The other end.
  struct Peer: Equatable {
    let mac: MACAddress
    let address: IPv4Address
    let port: UInt16
    let localPort: UInt16
  }

  /// A segment to send, without its addresses.
  struct Segment {
    let flags: TCPHeader.Flags
    let sequence: UInt32
    let acknowledgment: UInt32
    /// What to send of the pattern.
    let offset: UInt64
    let count: Int
  }

  /// Answers a SYN. `mtu` is the device's.
  init(_ peer: Peer, _ syn: TCPHeader, mtu: Int, length: UInt64) {
    self.peer = peer
    self.length = length
    let most = mtu - IPv4Header.size - TCPHeader.size
    segmentSize = min(most, Int(syn.maximumSegmentSize ?? 536))
    isScaled = syn.windowScale != nil
    peerScale = syn.windowScale ?? 0
    firstSequence = UInt32.random(in: 0 ... .max)
    expected = syn.sequence &+ 1
    window = UInt64(syn.window)
  }

  var scale: UInt8? { isScaled ? Self.windowScale : nil }

  /// The end of the stream to send, behind the FIN.
  private var end: UInt64 { length + 2 }

  /// Whether both ends have said and heard everything.
  var isOver: Bool { peerIsDone && acknowledged == end }

  /// Whether something is on its way.
  var isWaiting: Bool { acknowledged < sent }

  /// Takes a segment that has arrived, with its payload.
  mutating func take(_ header: TCPHeader, _ payload: Span<UInt8>, _ pattern: Pattern?) {
    if header.flags.contains(.ack) {
      let count = UInt64(
        header.acknowledgment &- firstSequence &- UInt32(truncatingIfNeeded: acknowledged))
      if count <= sent - acknowledged {
        acknowledged += count
        next = max(next, acknowledged)
        window = UInt64(header.window) << UInt64(peerScale)
      }
    }
    if payload.isEmpty && !header.flags.contains(.fin) {
      return
    }
    owesAcknowledgment = true
    if header.sequence == expected {
      take(payload, pattern)
      if header.flags.contains(.fin) {
        expected &+= 1
        peerIsDone = true
      }
    }
  }

  private mutating func take(_ payload: Span<UInt8>, _ pattern: Pattern?) {
    if payload.isEmpty {
      return
    }
    frames += 1
    if let pattern, !pattern.matches(payload, at: received) {
      isCorrect = false
    }
    received += UInt64(payload.count)
    expected &+= UInt32(payload.count)
  }

  /// The next segment to send, of as many of the peer's packets as `limit` bytes hold if there is one.
  mutating func nextSegment(limit: Int?) -> Segment? {
    if next == 0 {
      return segment(.syn, advancing: 1)
    }
    if next <= length {
      let flight = next - acknowledged
      let room = min(window, Self.flightLimit)
      let count = min(
        limit.map { $0 / segmentSize * segmentSize } ?? segmentSize,
        Int(min(length + 1 - next, room > flight ? room - flight : 0)))
      // As long as something is on its way, acknowledgments will make room for whole packets.
      if acknowledged > 0 && count > 0
        && (count >= segmentSize || next + UInt64(count) > length || flight == 0)
      {
        let whole = count > segmentSize ? count / segmentSize * segmentSize : count
        frames += 1
        return segment(.push, advancing: whole)
      }
    } else if next < end && (length > 0 || peerIsDone) {
      return segment(.fin, advancing: 1)
    }
    return owesAcknowledgment ? segment([], advancing: 0) : nil
  }

  private mutating func segment(_ flags: TCPHeader.Flags, advancing count: Int) -> Segment {
    let isFirst = flags.contains(.syn)
    let segment = Segment(
      flags: isFirst ? [.syn, .ack] : flags.union(.ack),
      sequence: firstSequence &+ UInt32(truncatingIfNeeded: next), acknowledgment: expected,
      offset: next == 0 ? 0 : next - 1, count: flags.contains(.push) ? count : 0)
    next += UInt64(count)
    sent = max(sent, next)
    owesAcknowledgment = false
    return segment
  }

  /// Starts again behind what the peer has.
  mutating func startAgain() {
    next = acknowledged
  }

  /// The bytes in each packet of a large segment.
  var packetSize: Int { segmentSize }
}
