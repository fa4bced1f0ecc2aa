// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension IPv6Address {
  /// `::1`, the host itself.
  public static let loopback = IPv6Address(high: 0, low: 1)
  /// Every host of a link.
  public static let allNodes = IPv6Address(high: 0xff02 << 48, low: 1)
  /// Every router of a link.
  public static let allRouters = IPv6Address(high: 0xff02 << 48, low: 2)
  /// Every router of a link that knows MLDv2 (RFC 3810, section 5.2.14).
  public static let allMulticastRouters = IPv6Address(high: 0xff02 << 48, low: 0x16)

  /// Whether the address is of one link only (RFC 4291, section 2.5.6).
  public var isLinkLocal: Bool { high >> 54 == 0xfe80 >> 6 }

  /// Whether the address is of a site or an organization (RFC 4193).
  public var isUniqueLocal: Bool { high >> 57 == 0xfc >> 1 }

  /// How far the address reaches: 2 is a link, 14 (0xe) the world (RFC 4291, section 2.7).
  public var scope: UInt8 {
    if isMulticast {
      return UInt8(truncatingIfNeeded: high >> 48) & 15
    }
    return isLinkLocal || self == .loopback ? 2 : 14
  }

  /// The group that who has this address is a member of, so that few are asked for it (section 2.7.1).
  public var solicitedNode: IPv6Address {
    IPv6Address(high: 0xff02 << 48, low: 0x1_ff00_0000 | low & 0xff_ffff)
  }

  /// The number of leading bits that this address and `other` have in common.
  public func commonPrefixLength(_ other: IPv6Address) -> Int {
    let difference = high ^ other.high
    return difference != 0
      ? difference.leadingZeroBitCount : 64 + (low ^ other.low).leadingZeroBitCount
  }
}

extension MACAddress {
  /// The stations that listen to a group of IPv4 (RFC 1112, section 6.4).
  public init(group: IPv4Address) {
    self.init([
      0x01, 0x00, 0x5e, UInt8(truncatingIfNeeded: group.rawValue >> 16) & 0x7f,
      UInt8(truncatingIfNeeded: group.rawValue >> 8), UInt8(truncatingIfNeeded: group.rawValue),
    ])
  }

  /// The stations that listen to a group of IPv6 (RFC 2464, section 7).
  public init(group: IPv6Address) {
    self.init([
      0x33, 0x33, UInt8(truncatingIfNeeded: group.low >> 24),
      UInt8(truncatingIfNeeded: group.low >> 16), UInt8(truncatingIfNeeded: group.low >> 8),
      UInt8(truncatingIfNeeded: group.low),
    ])
  }

  /// The identifier of an interface that has this address (RFC 4291, appendix A).
  public var interfaceIdentifier: UInt64 {
    let raw = rawValue ^ 0x0200_0000_0000
    return (raw >> 24) << 40 | 0xff_fe00_0000 | raw & 0xff_ffff
  }
}
