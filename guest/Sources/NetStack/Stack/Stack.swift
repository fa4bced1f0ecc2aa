// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
public import NetWire

/// A host of the Internet: interfaces, and the transport protocols above them.
///
/// It does no I/O. Who has a device hands over what that received (`receive`) and takes from here what
/// it is to send (`nextFrame`), calls `tick` when `deadline` has come, and looks for frames to send
/// after each of these and after each call on a connection.
///
/// Sendable because nothing runs at the same time as its user.
public final class Stack: @unchecked Sendable {
  /// The interfaces, in the order in which they were added.
  public private(set) var interfaces: [Interface] = []
  var connections: [TCPFlow: TCPConnection] = [:]
  var listeners: [ListenQueue] = []
  var endpoints: [UDPEndpoint] = []
  var deadlines = DeadlineQueue()
  var timeWaits = TimeWaitQueue()
  var secrets: Secrets
  var routes = RouteTable()
  var reassembly = Reassembly()
  var pathMTUs = PathMTUCache()
  /// How many error messages others may be sent (RFC 4443, section 2.4 f).
  var errorLimit = TokenBucket(perSecond: 100, burst: 50)
  /// The time, when it was told last.
  var clock = Instant(nanoseconds: 0)
  /// What moves the search for a free port on.
  var nextPort: UInt64 = 0

  /// A host without interfaces. `key` has to be random: it is what others must not guess sequence
  /// numbers and ports by.
  package init(key: SipHash.Key) {
    secrets = Secrets(key: key)
  }

  /// Adds an interface, without addresses. With `vlan` its frames are those of a virtual network.
  public func addInterface(
    mac: MACAddress, mtu: Int, offloads: InterfaceOffloads, vlan: UInt16? = nil
  ) -> Interface {
    let interface = Interface(
      index: interfaces.count, mac: mac, mtu: mtu, offloads: offloads, vlan: vlan)
    interfaces.append(interface)
    return interface
  }

  /// Gives an interface its address of version 4, the router to other networks, and the largest packet
  /// of the network if that is not the device's.
  public func configure(
    _ interface: Interface, _ prefix: IPv4Prefix?, gateway: IPv4Address?, mtu: Int? = nil
  ) {
    routes.removeAll { $0.isOfConfiguration4(interface) }
    interface.ipv4 = prefix
    interface.ipv4Gateway = gateway
    interface.ipv4MTU = mtu.map { min(max($0, PathMTUCache.minimum4), interface.mtu) }
    guard let prefix else { return }
    routes.add(RouteTable.Route(.v4(prefix), interface: interface.index))
    if let gateway, let all = IPv4Prefix(address: .unspecified, length: 0) {
      routes.add(RouteTable.Route(.v4(all), interface: interface.index, gateway: .v4(gateway)))
    }
  }

  /// The number of connections, those included that are about to be or to end.
  public var connectionCount: Int { connections.count }

  /// When `tick` is to be called, at the latest.
  public var deadline: Instant? {
    var first = deadlines.first.earlier(reassembly.deadline)
    for interface in interfaces {
      first = first.earlier(interface.deadline)
    }
    return first
  }

  /// Does what is due.
  public func tick(at now: Instant) {
    clock = now
    expireFragments(at: now)
    while let connection = deadlines.popFirst(until: now) {
      connection.tick(at: now)
      schedule(connection)
    }
  }

  /// Whether `address` is one of this host's.
  func isLocal(_ address: IPAddress) -> Bool {
    switch address {
    case .v4(let address): interfaces.contains { $0.ipv4?.address == address }
    case .v6(let address): interfaces.contains { $0.ipv6?.has(address) == true }
    }
  }
}
