// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
public import NetWire

/// A network interface: a station of an Ethernet with its addresses.
///
/// Sendable because nothing runs at the same time as its user.
public final class Interface: @unchecked Sendable {
  /// The most packets that wait for the device. More are lost, as in any router.
  static let outboxLimit = 512

  /// The hardware address.
  public let mac: MACAddress
  /// The largest payload of a frame, in bytes.
  public let mtu: Int
  /// What the device does.
  public let offloads: InterfaceOffloads
  /// The address of version 4 and its network, once there is one.
  public internal(set) var ipv4: IPv4Prefix?
  /// The router to other networks of version 4.
  public internal(set) var ipv4Gateway: IPv4Address?
  /// The largest packet of version 4, where that is less than the `mtu`.
  var ipv4MTU: Int?
  /// The address of version 4 that is tried out, and whether another station has it.
  var probed: IPv4Address?
  var isProbedTaken = false
  /// The number of the virtual network whose frames these are (IEEE 802.1Q), nil for frames without a
  /// tag.
  public let vlan: UInt16?

  /// The number of the interface among those of its stack.
  let index: Int
  var neighbors = NeighborCache()
  /// The configuration of version 6, once that is used.
  var ipv6: IPv6Configuration?
  /// The groups of version 4 that the interface listens to.
  var groups4 = GroupMembership()
  var outbox = Deque<OutgoingPacket>()
  /// Connections that may have something to send.
  var ready = ConnectionQueue()
  /// Connections whose next station is being asked for.
  var blocked = ConnectionQueue()

  init(index: Int, mac: MACAddress, mtu: Int, offloads: InterfaceOffloads, vlan: UInt16?) {
    self.index = index
    self.vlan = vlan
    self.mac = mac
    self.mtu = mtu
    self.offloads = offloads
  }

  /// The addresses of version 6, those included that are not used yet.
  public var ipv6Addresses: [InterfaceAddress] { ipv6?.addresses ?? [] }

  /// The servers that resolve names, as routers of version 6 tell (RFC 8106).
  public var ipv6NameServers: [IPv6Address] {
    (ipv6?.discovery.items ?? []).filter { $0.kind == .nameServer }.map { $0.address }
  }

  /// When there is something to be done here, at the latest.
  var deadline: Instant? {
    neighbors.deadline.earlier(ipv6?.deadline).earlier(groups4.deadline)
  }

  /// Whether an address of version 4 means every host of the network.
  func isBroadcast(_ address: IPv4Address) -> Bool {
    if address == .broadcast {
      return true
    }
    guard let ipv4, ipv4.length < 31 else { return false }
    return address.rawValue == ipv4.network.rawValue | ~ipv4.mask.rawValue
  }

  /// Has a packet sent; false when there is no room for it.
  @discardableResult
  func enqueue(_ packet: OutgoingPacket) -> Bool {
    if outbox.count >= Self.outboxLimit {
      return false
    }
    outbox.append(packet)
    return true
  }

  /// Takes what waited for a station, whose address is known now.
  func send(_ packets: [[UInt8]], type: EtherType, to station: MACAddress) {
    for bytes in packets {
      enqueue(OutgoingPacket(destination: .station(station), type: type, bytes: bytes))
    }
    while let connection = blocked.popFirst() {
      ready.append(connection)
    }
  }
}
