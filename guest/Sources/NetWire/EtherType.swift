// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The protocol in the payload of an Ethernet frame.
public struct EtherType: RawRepresentable, Hashable, Sendable {
  /// Internet Protocol, version 4.
  public static let ipv4 = EtherType(rawValue: 0x0800)
  /// Address Resolution Protocol.
  public static let arp = EtherType(rawValue: 0x0806)
  /// A tag of a virtual network (IEEE 802.1Q).
  public static let vlan = EtherType(rawValue: 0x8100)
  /// Internet Protocol, version 6.
  public static let ipv6 = EtherType(rawValue: 0x86dd)

  /// The number on the wire.
  public let rawValue: UInt16

  /// The protocol of a number.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }
}
