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

  /// Whom frames go to.
  var destination: OutgoingPacket.Destination {
    switch nextHop {
    case .v4(let address) where address.isMulticast: .station(MACAddress(group: address))
    case .v4(let address) where interface.isBroadcast(address): .station(.broadcast)
    case .v6(let address) where address.isMulticast: .station(MACAddress(group: address))
    default: .neighbor(nextHop)
    }
  }
}

extension Stack {
  /// How packets reach `destination`; nil when no network is known that it is in. Where the address
  /// does not say which link is meant, `interface` does, or else the one that has `source`.
  func path(
    to destination: IPAddress, from source: IPAddress? = nil, on interface: Interface? = nil
  ) -> Path? {
    switch destination {
    case .v4(let address): path(to: address, on: interface)
    case .v6(let address): path(to: address, from: source, on: interface)
    }
  }

  private func path(to address: IPv4Address, on interface: Interface?) -> Path? {
    if address.isMulticast || address == .broadcast {
      let found = interface ?? interfaces.first { $0.ipv4 != nil } ?? interfaces.first
      return found.map {
        Path(interface: $0, source: .v4($0.ipv4?.address ?? .unspecified), nextHop: .v4(address))
      }
    }
    let route = routes.route(to: .v4(address), interface: interface?.index)
    guard let route, let prefix = interfaces[route.interface].ipv4 else { return nil }
    return Path(
      interface: interfaces[route.interface], source: .v4(prefix.address),
      nextHop: route.gateway ?? .v4(address))
  }

  private func path(
    to address: IPv6Address, from source: IPAddress?, on interface: Interface?
  ) -> Path? {
    var best: Path?
    var bestLength = -1
    func consider(_ candidate: Interface, _ length: Int, _ nextHop: IPAddress) {
      guard length > bestLength, interface == nil || candidate === interface,
        let source = candidate.ipv6?.source(for: address)
      else { return }
      bestLength = length
      best = Path(interface: candidate, source: .v6(source), nextHop: nextHop)
    }
    if let route = routes.route(to: .v6(address), interface: interface?.index) {
      consider(
        interfaces[route.interface], route.prefix.length, route.gateway ?? .v6(address))
    }
    let isOfLink = address.isMulticast || address.isLinkLocal
    for candidate in interfaces {
      if let source, isOfLink, case .v6(let source) = source, candidate.ipv6?.has(source) == true {
        consider(candidate, 128, .v6(address))
      } else if isOfLink {
        consider(candidate, 64, .v6(address))
      } else if let length = candidate.ipv6?.onLinkLength(address) {
        consider(candidate, length, .v6(address))
      } else if let router = candidate.ipv6?.discovery.router {
        consider(candidate, 0, .v6(router))
      }
    }
    return best
  }

  /// The most bytes of a packet on a path, headers of the Internet Protocol included.
  func mtu(_ path: Path, to destination: IPAddress) -> Int {
    let link =
      switch destination {
      case .v4: path.interface.ipv4MTU ?? path.interface.mtu
      case .v6: path.interface.ipv6?.discovery.mtu ?? path.interface.mtu
      }
    return pathMTUs.mtu(to: destination, link: link, at: clock)
  }
}

extension RouteTable.Route {
  /// Whether the route is there because an interface has an address of version 4.
  func isOfConfiguration4(_ interface: Interface) -> Bool {
    guard case .v4 = prefix, self.interface == interface.index, metric == 0 else { return false }
    return gateway == nil || gateway == interface.ipv4Gateway.map(IPAddress.v4)
  }
}
