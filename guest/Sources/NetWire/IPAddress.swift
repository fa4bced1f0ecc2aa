// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An address of the Internet Protocol, of either version.
public enum IPAddress: Hashable, Sendable {
  /// Version 4.
  case v4(IPv4Address)
  /// Version 6.
  case v6(IPv6Address)

  /// Reads an address of either version.
  public init?(_ text: String) {
    self.init(utf8: text.utf8Span.span)
  }

  /// Reads the address that `text` spells, as `init(_:)` does.
  public init?(utf8 text: Span<UInt8>) {
    if let address = IPv4Address(utf8: text) {
      self = .v4(address)
    } else if let address = IPv6Address(utf8: text) {
      self = .v6(address)
    } else {
      return nil
    }
  }

  /// Whether a group of hosts is meant (RFC 1112, RFC 4291 section 2.7).
  public var isMulticast: Bool {
    switch self {
    case .v4(let address): address.isMulticast
    case .v6(let address): address.isMulticast
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// The address in the notation of its version.
  public var description: String {
    switch self {
    case .v4(let address): address.description
    case .v6(let address): address.description
    }
  }
}
