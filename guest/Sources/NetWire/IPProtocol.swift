// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The protocol in the payload of an IP packet.
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  /// Internet Control Message Protocol.
  public static let icmp = IPProtocol(rawValue: 1)
  /// Transmission Control Protocol.
  public static let tcp = IPProtocol(rawValue: 6)
  /// User Datagram Protocol.
  public static let udp = IPProtocol(rawValue: 17)
  /// Internet Control Message Protocol of version 6.
  public static let icmpv6 = IPProtocol(rawValue: 58)

  /// The number on the wire.
  public let rawValue: UInt8

  /// The protocol of a number.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }
}
