// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// How packets reach a host.
struct Path {
  /// The interface that they leave by.
  let interface: Interface
  /// The address that they come from.
  let source: IPAddress
  /// The station that they are handed to: the host itself or a router.
  let nextHop: IPAddress
}

extension Stack {
  /// How packets reach `destination`; nil when no network is known that it is in.
  func path(to destination: IPAddress) -> Path? {
    guard case .v4(let address) = destination else { return nil }
    var routed: Path?
    for interface in interfaces {
      guard let prefix = interface.ipv4 else { continue }
      if prefix.contains(address) {
        return Path(interface: interface, source: .v4(prefix.address), nextHop: destination)
      }
      if let gateway = interface.ipv4Gateway, routed == nil {
        routed = Path(interface: interface, source: .v4(prefix.address), nextHop: .v4(gateway))
      }
    }
    return routed
  }
}
