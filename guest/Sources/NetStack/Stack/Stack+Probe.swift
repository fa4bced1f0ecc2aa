// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

extension Stack {
  /// Asks whether another station has an address that this host does not use yet (RFC 5227, section
  /// 2.1.1). `Interface.takeConflict` tells.
  public func probe(_ address: IPv4Address, on interface: Interface) {
    interface.probed = address
    ask(for: address, from: .unspecified, on: interface)
  }

  /// Tells every station who has the address of an interface (section 2.3), so that nobody sends to
  /// the one that had it before.
  public func announce(_ interface: Interface) {
    guard let address = interface.ipv4?.address else { return }
    ask(for: address, from: address, on: interface)
  }

  private func ask(for target: IPv4Address, from source: IPv4Address, on interface: Interface) {
    let packet = ARPPacket(
      operation: .request, senderHardware: interface.mac, senderProtocol: source,
      targetHardware: .unspecified, targetProtocol: target)
    let bytes = [UInt8](size: ARPPacket.size) { packet.emit(into: &$0) }
    interface.enqueue(
      OutgoingPacket(destination: .station(.broadcast), type: .arp, bytes: bytes))
  }
}

extension Interface {
  /// Whether another station has the address that was asked for last, or tries it out too. It is told
  /// once.
  public func takeConflict() -> Bool {
    let isTaken = isProbedTaken
    isProbedTaken = false
    return isTaken
  }

  /// Looks at what a packet claims.
  func note(_ packet: ARPPacket) {
    let isProbe = packet.operation == .request && packet.senderProtocol == .unspecified
    let claimed = isProbe ? packet.targetProtocol : packet.senderProtocol
    if claimed == probed, packet.senderHardware != mac {
      isProbedTaken = true
    }
  }
}
