// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension IPv6Configuration {
  /// The address that packets to `destination` come from: one that reaches as far, is preferred, and
  /// is as close to it as can be (RFC 6724, section 5).
  func source(for destination: IPv6Address) -> IPv6Address? {
    var best: InterfaceAddress?
    for candidate in addresses where candidate.isAssigned {
      if best.map({ isBetter(candidate, than: $0, for: destination) }) ?? true {
        best = candidate
      }
    }
    return best?.address
  }

  /// The longest prefix of an address whose hosts are on the link; nil when a router has to be used.
  func onLinkLength(_ address: IPv6Address) -> Int? {
    var longest: Int?
    for own in addresses where !own.isAutomatic && own.prefix.contains(address) {
      longest = max(longest ?? 0, own.prefix.length)
    }
    for other in discovery.items
    where other.kind == .prefix && other.prefix.contains(address) {
      longest = max(longest ?? 0, other.prefix.length)
    }
    return longest
  }

  private func isBetter(
    _ one: InterfaceAddress, than other: InterfaceAddress, for destination: IPv6Address
  ) -> Bool {
    if one.address == destination || other.address == destination {
      return one.address == destination
    }
    let (scope, otherScope) = (one.address.scope, other.address.scope)
    if scope != otherScope {
      // The smallest that suffices, else the largest.
      return scope < otherScope
        ? scope >= destination.scope : otherScope < destination.scope
    }
    if one.state != other.state {
      return one.state == .preferred
    }
    let length = one.address.commonPrefixLength(destination)
    return length > other.address.commonPrefixLength(destination)
  }
}
