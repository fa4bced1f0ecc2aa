// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An address with the length of its network's prefix, such as 10.0.0.2/24.
public struct IPv4Prefix: Hashable, Sendable {
  /// The address.
  public let address: IPv4Address
  /// How many of the address's bits are the network's, 0 to 32.
  public let length: Int

  /// An address in a network of a prefix of `length` bits; nil unless that is 0 to 32.
  public init?(address: IPv4Address, length: Int) {
    guard (0...32).contains(length) else { return nil }
    self.address = address
    self.length = length
  }

  /// Reads an address, a slash and a length.
  public init?(_ text: String) {
    let bytes = text.utf8Span.span
    let slash = bytes.position(of: UInt8(ascii: "/"))
    guard slash < bytes.count, let address = IPv4Address(utf8: bytes.extracting(..<slash)),
      let length = bytes.extracting((slash + 1)...).decimal
    else { return nil }
    self.init(address: address, length: Int(length))
  }

  /// The network's bits.
  public var mask: IPv4Address {
    IPv4Address(rawValue: length == 0 ? 0 : ~0 << UInt32(32 - length))
  }

  /// The network's first address.
  public var network: IPv4Address { IPv4Address(rawValue: address.rawValue & mask.rawValue) }

  /// Whether `other` is in the same network.
  public func contains(_ other: IPv4Address) -> Bool {
    (address.rawValue ^ other.rawValue) & mask.rawValue == 0
  }
}

extension IPv4Prefix: CustomStringConvertible {
  /// The address, a slash and the length.
  public var description: String { "\(address)/\(length)" }
}
