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

  /// The number of the interface among those of its stack.
  let index: Int
  var neighbors = NeighborCache()
  var outbox = Deque<OutgoingPacket>()
  /// Connections that may have something to send.
  var ready = ConnectionQueue()
  /// Connections whose next station is being asked for.
  var blocked = ConnectionQueue()

  init(index: Int, mac: MACAddress, mtu: Int, offloads: InterfaceOffloads) {
    self.index = index
    self.mac = mac
    self.mtu = mtu
    self.offloads = offloads
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
