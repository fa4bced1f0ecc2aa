// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The header of a datagram of the User Datagram Protocol (RFC 768).
///
///      0             2                  4        6          8
///     | source port | destination port | length | checksum | payload
public struct UDPHeader: Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 8
  /// Where the checksum stands.
  public static let checksumOffset = 6

  /// The port of the sender.
  public var sourcePort: UInt16
  /// The port of the receiver.
  public var destinationPort: UInt16
  /// The size of the datagram, this header included.
  public var length: Int
  /// The checksum; 0 for none.
  public var checksum: UInt16 = 0

  /// The header of a datagram with a payload of `payloadLength` bytes.
  public init(sourcePort: UInt16, destinationPort: UInt16, payloadLength: Int) {
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    length = Self.size + payloadLength
  }

  /// Reads the header at the start of the payload of a packet; nil when that is shorter than the
  /// header says. The checksum is not looked at: it covers more than these bytes (`PseudoHeader`).
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    sourcePort = bytes.bigEndian16(at: 0)
    destinationPort = bytes.bigEndian16(at: 2)
    length = Int(bytes.bigEndian16(at: 4))
    checksum = bytes.bigEndian16(at: 6)
    guard length >= Self.size, length <= bytes.count else { return nil }
  }

  /// Writes the header, with the checksum that this value has, to the start of `bytes`, which has to
  /// have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes.store(sourcePort, at: 0)
    bytes.store(destinationPort, at: 2)
    bytes.store(UInt16(length), at: 4)
    bytes.store(checksum, at: 6)
  }

  /// Where the payload stands in the datagram.
  public var payload: Range<Int> { Self.size..<length }
}

extension UDPHeader: CustomStringConvertible {
  /// Ports and size.
  public var description: String { "port \(sourcePort) > \(destinationPort) length \(length)" }
}
