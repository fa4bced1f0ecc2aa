// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An address with the length of its network's prefix, such as 2001:db8::2/64.
public struct IPv6Prefix: Hashable, Sendable {
  /// The address.
  public let address: IPv6Address
  /// How many of the address's bits are the network's, 0 to 128.
  public let length: Int

  /// An address in a network of a prefix of `length` bits; nil unless that is 0 to 128.
  public init?(address: IPv6Address, length: Int) {
    guard (0...128).contains(length) else { return nil }
    self.address = address
    self.length = length
  }

  /// Reads an address, a slash and a length.
  public init?(_ text: String) {
    let bytes = text.utf8Span.span
    let slash = bytes.position(of: UInt8(ascii: "/"))
    guard slash < bytes.count, let address = IPv6Address(utf8: bytes.extracting(..<slash)),
      let length = bytes.extracting((slash + 1)...).decimal
    else { return nil }
    self.init(address: address, length: Int(length))
  }

  /// The network's bits.
  public var mask: IPv6Address {
    IPv6Address(high: ~0 << UInt64(64 - min(length, 64)), low: ~0 << UInt64(128 - max(length, 64)))
  }

  /// The network's first address.
  public var network: IPv6Address {
    IPv6Address(high: address.high & mask.high, low: address.low & mask.low)
  }

  /// Whether `other` is in the same network.
  public func contains(_ other: IPv6Address) -> Bool {
    (address.high ^ other.high) & mask.high == 0 && (address.low ^ other.low) & mask.low == 0
  }
}

extension IPv6Prefix: CustomStringConvertible {
  /// The address, a slash and the length.
  public var description: String { "\(address)/\(length)" }
}
