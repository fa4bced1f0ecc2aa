// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An address of either version with the length of its network's prefix.
public enum IPPrefix: Hashable, Sendable {
  /// Version 4.
  case v4(IPv4Prefix)
  /// Version 6.
  case v6(IPv6Prefix)

  /// How many of the address's bits are the network's.
  public var length: Int {
    switch self {
    case .v4(let prefix): prefix.length
    case .v6(let prefix): prefix.length
    }
  }

  /// Whether `other` is in the same network.
  public func contains(_ other: IPAddress) -> Bool {
    switch (self, other) {
    case (.v4(let prefix), .v4(let address)): prefix.contains(address)
    case (.v6(let prefix), .v6(let address)): prefix.contains(address)
    case (.v4, .v6), (.v6, .v4): false
    }
  }
}

extension IPPrefix: CustomStringConvertible {
  /// The address, a slash and the length.
  public var description: String {
    switch self {
    case .v4(let prefix): prefix.description
    case .v6(let prefix): prefix.description
    }
  }
}
