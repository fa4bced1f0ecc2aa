// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What an error message tells of the packet that it is about, which is this host's own if the message
/// is honest.
public struct QuotedPacket: Hashable, Sendable {
  /// Who sent the packet.
  public var source: IPAddress
  /// Whom the packet was for.
  public var destination: IPAddress
  /// What the payload is.
  public var payloadProtocol: IPProtocol
  /// The first two words of the payload, which in TCP and UDP are the ports; 0 when it is shorter.
  public var sourcePort: UInt16 = 0
  /// The second word.
  public var destinationPort: UInt16 = 0
  /// The next two words, which in TCP are the sequence number.
  public var sequence: UInt32 = 0
  /// The size that the packet had.
  public var totalLength: Int

  /// Reads the packet of version 4 that `bytes` begin with; nil when they are too short to tell the
  /// first eight bytes of its payload, unless it has fewer, or when it is a later fragment.
  public init?(v4 bytes: Span<UInt8>) {
    guard bytes.count >= IPv4Header.size, bytes[0] >> 4 == 4 else { return nil }
    let headerLength = Int(bytes[0] & 15) * 4
    totalLength = Int(bytes.bigEndian16(at: 2))
    guard headerLength >= IPv4Header.size, bytes.bigEndian16(at: 6) & 0x1fff == 0 else {
      return nil
    }
    source = .v4(IPv4Address(rawValue: bytes.bigEndian32(at: 12)))
    destination = .v4(IPv4Address(rawValue: bytes.bigEndian32(at: 16)))
    payloadProtocol = IPProtocol(rawValue: bytes[9])
    guard readPayload(bytes, at: headerLength) || totalLength < headerLength + 8 else {
      return nil
    }
  }

  /// Reads the packet of version 6 that `bytes` begin with, as above.
  public init?(v6 bytes: Span<UInt8>) {
    guard let header = IPv6Header(quoted: bytes) else { return nil }
    source = .v6(header.source)
    destination = .v6(header.destination)
    totalLength = IPv6Header.size + header.payloadLength
    var end = IPv6HeaderChain(bytes, header.nextHeader, isToGroup: true).end
    if case .fragment(let fragment, let offset) = end {
      guard fragment.offset == 0 else { return nil }
      end = .payload(fragment.nextHeader, offset: offset)
    }
    guard case .payload(let payloadProtocol, let offset) = end else { return nil }
    self.payloadProtocol = payloadProtocol
    guard readPayload(bytes, at: offset) else { return nil }
  }

  private mutating func readPayload(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
    guard bytes.count - offset >= 8 else { return false }
    sourcePort = bytes.bigEndian16(at: offset)
    destinationPort = bytes.bigEndian16(at: offset + 2)
    sequence = bytes.bigEndian32(at: offset + 4)
    return true
  }
}
