// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The header of an IPv6 packet (RFC 8200, section 3).
///
///      0                                      4                6             7
///     | version, traffic class, flow label   | payload length | next header | hop limit |
///      8                                      24                                     40
///     | source                               | destination                          | payload
public struct IPv6Header: Hashable, Sendable {
  /// Bytes on the wire, and the offset of what follows.
  public static let size = 40
  /// The MTU that every link has at least (section 5).
  public static let minimumMTU = 1280
  /// Where the next header is named.
  public static let nextHeaderOffset = 6

  /// Differentiated services and congestion notification (RFC 2474, RFC 3168).
  public var trafficClass: UInt8 = 0
  /// The number of the flow, 20 bits (RFC 6437).
  public var flowLabel: UInt32 = 0
  /// The size of what follows.
  public var payloadLength: Int
  /// What follows: an extension header, or what the payload is.
  public var nextHeader: IPProtocol
  /// How many more hops the packet may make.
  public var hopLimit: UInt8 = 64
  /// Who sent the packet.
  public var source: IPv6Address
  /// Whom the packet is for.
  public var destination: IPv6Address

  /// The header of a packet with `payloadLength` bytes behind it.
  public init(
    source: IPv6Address, destination: IPv6Address, nextHeader: IPProtocol, payloadLength: Int
  ) {
    self.source = source
    self.destination = destination
    self.nextHeader = nextHeader
    self.payloadLength = payloadLength
  }

  /// Reads the header at the start of a packet; nil when it is not version 6 or when the packet is
  /// shorter than it says. Bytes may follow the packet: Ethernet fills short frames up.
  public init?(_ bytes: Span<UInt8>) {
    self.init(quoted: bytes)
    guard bytes.count - Self.size >= payloadLength else { return nil }
  }

  /// Reads a header of which the packet is not whole.
  init?(quoted bytes: Span<UInt8>) {
    guard bytes.count >= Self.size, bytes[0] >> 4 == 6 else { return nil }
    let first = bytes.bigEndian32(at: 0)
    trafficClass = UInt8(truncatingIfNeeded: first >> 20)
    flowLabel = first & 0xf_ffff
    payloadLength = Int(bytes.bigEndian16(at: 4))
    nextHeader = IPProtocol(rawValue: bytes[6])
    hopLimit = bytes[7]
    source = IPv6Address(bytes, at: 8)
    destination = IPv6Address(bytes, at: 24)
  }

  /// Writes the header to the start of `bytes`, which has to have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes.store(6 << 28 | UInt32(trafficClass) << 20 | flowLabel & 0xf_ffff, at: 0)
    bytes.store(UInt16(payloadLength), at: 4)
    bytes[6] = nextHeader.rawValue
    bytes[7] = hopLimit
    source.emit(into: &bytes, at: 8)
    destination.emit(into: &bytes, at: 24)
  }

  /// Where what follows stands in the packet.
  public var payload: Range<Int> { Self.size..<Self.size + payloadLength }
}

extension IPv6Header: CustomStringConvertible {
  /// Source, destination, next header and size.
  public var description: String {
    "\(source) > \(destination) next header \(nextHeader.rawValue) length \(payloadLength)"
  }
}
