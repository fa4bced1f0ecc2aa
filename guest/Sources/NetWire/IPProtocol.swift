// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The protocol in the payload of an IP packet.
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  /// Not a payload: IPv6's hop-by-hop options, when they come first (RFC 8200, section 4.3).
  public static let hopByHopOptions = IPProtocol(rawValue: 0)
  /// Internet Control Message Protocol.
  public static let icmp = IPProtocol(rawValue: 1)
  /// Internet Group Management Protocol.
  public static let igmp = IPProtocol(rawValue: 2)
  /// Transmission Control Protocol.
  public static let tcp = IPProtocol(rawValue: 6)
  /// User Datagram Protocol.
  public static let udp = IPProtocol(rawValue: 17)
  /// Not a payload: an IPv6 routing header (RFC 8200, section 4.4).
  public static let routing = IPProtocol(rawValue: 43)
  /// Not a payload: an IPv6 fragment header (RFC 8200, section 4.5).
  public static let fragment = IPProtocol(rawValue: 44)
  /// Internet Control Message Protocol of version 6.
  public static let icmpv6 = IPProtocol(rawValue: 58)
  /// Nothing follows (RFC 8200, section 4.7).
  public static let noPayload = IPProtocol(rawValue: 59)
  /// Not a payload: IPv6's options for the destination (RFC 8200, section 4.6).
  public static let destinationOptions = IPProtocol(rawValue: 60)

  /// The number on the wire.
  public let rawValue: UInt8

  /// The protocol of a number.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }
}
