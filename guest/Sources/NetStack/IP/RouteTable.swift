// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// Which way packets go: the longest prefix that an address matches decides. It is for a handful of
/// routes.
public struct RouteTable: Sendable {
  /// A way to a network.
  public struct Route: Hashable, Sendable {
    /// The network.
    public var prefix: IPPrefix
    /// The interface that packets leave by, by its number.
    public var interface: Int
    /// The router that they are handed to; nil for a network that is on the link.
    public var gateway: IPAddress?
    /// What the way costs: the lowest of those to the same network is taken.
    public var metric: Int

    /// A route of these fields.
    public init(_ prefix: IPPrefix, interface: Int, gateway: IPAddress? = nil, metric: Int = 0) {
      self.prefix = prefix
      self.interface = interface
      self.gateway = gateway
      self.metric = metric
    }
  }

  /// All routes, the longest prefixes first.
  public private(set) var routes: [Route] = []

  /// A table without routes.
  public init() {}

  /// Adds a route, behind those of the same network that cost as much.
  public mutating func add(_ route: Route) {
    let place = routes.firstIndex {
      ($0.prefix.length, -$0.metric) < (route.prefix.length, -route.metric)
    }
    routes.insert(route, at: place ?? routes.count)
  }

  /// Removes the routes that a condition holds for.
  public mutating func removeAll(where condition: (Route) -> Bool) {
    routes.removeAll(where: condition)
  }

  /// The best route to an address, of those that leave by `interface` unless that is nil.
  public func route(to address: IPAddress, interface: Int? = nil) -> Route? {
    routes.first {
      (interface == nil || $0.interface == interface) && $0.prefix.contains(address)
    }
  }
}
