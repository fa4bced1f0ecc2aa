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
  /// What moves the search for a free port on.
  var nextPort: UInt64 = 0

  /// A host without interfaces. `key` has to be random: it is what others must not guess sequence
  /// numbers and ports by.
  package init(key: SipHash.Key) {
    secrets = Secrets(key: key)
  }

  /// Adds an interface, without addresses.
  public func addInterface(mac: MACAddress, mtu: Int, offloads: InterfaceOffloads) -> Interface {
    let interface = Interface(index: interfaces.count, mac: mac, mtu: mtu, offloads: offloads)
    interfaces.append(interface)
    return interface
  }

  /// Gives an interface its address of version 4, and the router to other networks.
  public func configure(_ interface: Interface, _ prefix: IPv4Prefix?, gateway: IPv4Address?) {
    interface.ipv4 = prefix
    interface.ipv4Gateway = gateway
  }

  /// The number of connections, those included that are about to be or to end.
  public var connectionCount: Int { connections.count }

  /// When `tick` is to be called, at the latest.
  public var deadline: Instant? {
    var first = deadlines.first
    for interface in interfaces {
      if let deadline = interface.neighbors.deadline, first.map({ deadline < $0 }) ?? true {
        first = deadline
      }
    }
    return first
  }

  /// Does what is due.
  public func tick(at now: Instant) {
    while let connection = deadlines.popFirst(until: now) {
      connection.tick(at: now)
      schedule(connection)
    }
  }

  /// Whether `address` is one of this host's.
  func isLocal(_ address: IPAddress) -> Bool {
    switch address {
    case .v4(let address): interfaces.contains { $0.ipv4?.address == address }
    case .v6: false
    }
  }
}
