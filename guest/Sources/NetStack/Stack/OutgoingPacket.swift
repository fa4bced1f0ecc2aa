// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// A packet that waits until the device takes it, complete but for its Ethernet header.
struct OutgoingPacket {
  /// Whom the frame is to go to.
  enum Destination {
    /// A station, or a group of them.
    case station(MACAddress)
    /// The station that has an address in the network of the interface.
    case neighbor(IPAddress)
  }

  var destination: Destination
  var type: EtherType
  var bytes: [UInt8]
}
