// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetStack
import NetWire
import TestSupport

/// A packet on a simulated network.
struct Packet {
  var header: TCPHeader
  var payload: [UInt8] = []

  /// What counts against the size that a path carries.
  var size: Int { payload.count + header.encodedSize - TCPHeader.size }

  /// The packets that a segment is sent as.
  static func packets(of segment: TCPSegment, isDivided: Bool) -> [Packet] {
    let bytes = [UInt8](segment.payload)
    let size = isDivided ? segment.packetSize : bytes.count
    guard bytes.count > size else { return [Packet(header: segment.header, payload: bytes)] }
    return stride(from: 0, to: bytes.count, by: size).map { start in
      let end = min(start + size, bytes.count)
      var header = segment.header
      header.sequence &+= UInt32(start)
      if end < bytes.count {
        header.flags.subtract([.fin, .psh])
      }
      return Packet(header: header, payload: Array(bytes[start..<end]))
    }
  }

  /// What a host says to a packet of a connection that it does not know (RFC 9293, section 3.10.7.1).
  var reset: Packet? {
    if header.flags.contains(.rst) {
      return nil
    }
    var answer = TCPHeader(
      sourcePort: header.destinationPort, destinationPort: header.sourcePort, sequence: 0,
      acknowledgment: 0, flags: .rst, window: 0)
    if header.flags.contains(.ack) {
      answer.sequence = header.acknowledgment
    } else {
      let length = payload.count + (header.flags.contains(.syn) ? 1 : 0)
      answer.acknowledgment = header.sequence &+ UInt32(length)
      answer.flags = [.rst, .ack]
    }
    return Packet(header: answer)
  }

  /// Changes one bit of what the header says.
  mutating func flipBit(_ random: inout SeededNumbers) {
    let bit = UInt32(1) << (random.next() % 32)
    switch random.next() % 5 {
    case 0: header.sequence ^= bit
    case 1: header.acknowledgment ^= bit
    case 2: header.flags = TCPHeader.Flags(rawValue: header.flags.rawValue ^ UInt8(bit & 0x3f))
    case 3: header.window ^= UInt16(truncatingIfNeeded: bit)
    default: header.options.timestamps?.echo ^= bit
    }
  }
}
