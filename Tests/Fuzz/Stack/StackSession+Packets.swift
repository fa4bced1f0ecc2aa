// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

@testable import NetStack

extension StackSession {
  private func peer(_ choice: UInt8) -> Peer { Peer.all[Int(choice) % Peer.all.count] }

  private func receive(_ frame: [UInt8], from peer: Peer) {
    receive(frame, on: peer.isTagged ? tagged : plain)
  }

  /// A datagram whose payload is the pattern.
  private func datagram(_ count: Int, port: UInt16) -> [UInt8] {
    let header = UDPHeader(sourcePort: 53, destinationPort: port, payloadLength: count)
    return encoded(UDPHeader.size) { header.emit(into: &$0) }
      + (0..<UInt64(count)).map { Application.ownByte($0) }
  }

  func receiveDatagram(_ input: inout FuzzInput) {
    let (choice, port) = (input.byte(), input.byte())
    let peer = peer(choice & 7)
    let bytes = datagram(Int(input.byte()) * 5, port: port == 0 ? 53 : UInt16(port))
    let group: IPAddress? =
      switch (choice >> 3 & 3, peer.address) {
      case (1, .v4): .v4(IPv4Address(rawValue: 0xe000_0100 | UInt32(port)))
      case (2, .v4): .v4(.broadcast)
      case (1, .v6): .v6(.allNodes)
      default: nil
      }
    let offset = choice & 0x40 == 0 ? UDPHeader.checksumOffset : nil
    receive(peer.frame(bytes, .udp, checksumAt: offset, to: group), from: peer)
  }

  /// A part of a datagram, of which there are some sizes.
  func receiveFragment(_ input: inout FuzzInput) {
    let (choice, start) = (input.byte(), Int(input.byte()))
    let peer = peer(choice & 7)
    let sizes = [40, 1600, 4096, 20_000]
    let number = Int(choice >> 3 & 3)
    var whole = datagram(sizes[number], port: 53)
    whole.seal(.udp, from: peer.address, to: peer.host, at: UDPHeader.checksumOffset)
    let offset = min(start * 64 / (choice & 0x20 == 0 ? 1 : 8), whole.count) & ~7
    let end = min(offset + max(8, Int(input.byte()) << 3), whole.count)
    let isMore = (end < whole.count) != (choice & 0xc0 == 0xc0)
    receive(fragment(Array(whole[offset..<end]), offset, isMore, number, of: peer), from: peer)
  }

  private func fragment(
    _ part: [UInt8], _ offset: Int, _ isMore: Bool, _ number: Int, of peer: Peer
  ) -> [UInt8] {
    switch (peer.address, peer.host) {
    case (.v4(let source), .v4(let destination)):
      var header = IPv4Header(
        source: source, destination: destination, payloadProtocol: .udp,
        payloadLength: part.count)
      header.dontFragment = false
      (header.fragmentOffset, header.moreFragments) = (offset, isMore)
      header.identification = UInt16(number)
      return peer.link(.ipv4) + encoded(IPv4Header.size) { header.emit(into: &$0) } + part
    default:
      let header = IPv6FragmentHeader(
        nextHeader: .udp, offset: offset, moreFragments: isMore, identification: UInt32(number))
      let bytes = encoded(IPv6FragmentHeader.size) { header.emit(into: &$0) } + part
      return peer.frame(bytes, .fragment, checksumAt: nil)
    }
  }

  /// A message of ICMP or IGMP: an echo, an error about what the host has sent, or any other.
  func receiveControl(_ input: inout FuzzInput) {
    let (choice, kind) = (input.byte(), input.byte())
    let peer = peer(choice & 7)
    let isVersion6 = peer.address.isVersion6
    var message: [UInt8]
    switch choice >> 3 & 3 {
    case 0: message = [isVersion6 ? 128 : 8, 0, 0, 0] + input.take(2 + Int(kind))
    case 1:
      message = [kind & 15, input.byte() & 15, 0, 0, 0, 0, input.byte(), input.byte()]
      message += (isVersion6 ? sent6 : sent4).prefix(kind & 16 != 0 ? 28 : 600)
    case 2: message = [kind, 0, 0, 0] + input.take(Int(input.byte()))
    default: message = solicited(kind, of: peer, &input)
    }
    let isIGMP = !isVersion6 && choice & 0x20 != 0
    let hopLimit: UInt8 = choice & 0x40 == 0 ? 255 : choice & 0x80 == 0 ? 1 : 64
    let group: IPAddress? =
      isIGMP
      ? .v4(IGMPMessage.allHosts) : isVersion6 && choice & 0x20 != 0 ? .v6(.allNodes) : nil
    let frame = peer.frame(
      message, isVersion6 ? .icmpv6 : isIGMP ? .igmp : .icmp, checksumAt: 2, hopLimit: hopLimit,
      to: group)
    receive(frame, from: peer)
  }

  /// A message of Neighbor Discovery, or what stands for it in version 4.
  private func solicited(_ kind: UInt8, of peer: Peer, _ input: inout FuzzInput) -> [UInt8] {
    guard case .v6(let address) = peer.address, case .v6(let host) = peer.host else {
      return [17, kind, 0, 0] + input.take(4 + Int(kind & 15))
    }
    let target = kind & 8 == 0 ? address : host
    let own = encoded(16) { bytes in
      for index in 0..<8 {
        bytes[index] = UInt8(truncatingIfNeeded: target.high >> UInt64(56 - 8 * index))
        bytes[8 + index] = UInt8(truncatingIfNeeded: target.low >> UInt64(56 - 8 * index))
      }
    }
    switch kind & 3 {
    case 0: return [135, 0, 0, 0, 0, 0, 0, 0] + own + [1, 1, 2, 0, 0, 0, 0, input.byte()]
    case 1:
      return [136, 0, 0, 0, kind & 0xe0, 0, 0, 0] + own + [2, 1, 2, 0, 0, 0, 0, input.byte()]
    case 2: return router(&input)
    default: return [130, 0, 0, 0] + input.take(4) + [UInt8](repeating: 0, count: 16)
    }
  }

  private func router(_ input: inout FuzzInput) -> [UInt8] {
    var message: [UInt8] = [134, 0, 0, 0, input.byte(), input.byte(), input.byte(), input.byte()]
    message += [0, 0, input.byte(), input.byte(), 0, 0, input.byte(), input.byte()]
    let choice = input.byte()
    if choice & 1 != 0 { message += [1, 1, 2, 0, 0, 0, 0, 3] }
    if choice & 2 != 0 { message += [5, 1, 0, 0, 0, 0, input.byte(), input.byte()] }
    for _ in 0..<Int(choice >> 2 & 3) {
      message += [3, 4, 64, input.byte(), 0, 0, input.byte(), input.byte()]
      message += [0, 0, input.byte(), input.byte(), 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0]
      message += [input.byte(), 0, 0, 0, 0, 0, 0, 0, 0]
    }
    if choice & 16 != 0 {
      message += [25, 3, 0, 0, 0, 0, input.byte(), input.byte()] + input.take(16)
    }
    return message + input.take(choice & 32 != 0 ? 16 : 0)
  }

  /// Any bytes in a frame to the host.
  func receiveRaw(_ input: inout FuzzInput) {
    let choice = input.byte()
    let types: [EtherType] = [.arp, .ipv4, .ipv6, .vlan]
    let peer = peer(choice & 7)
    receive(peer.link(types[Int(choice >> 3 & 3)]) + input.take(Int(input.byte())), from: peer)
  }

  /// A packet with extension headers, or a packet of ARP.
  func receiveExtended(_ input: inout FuzzInput) {
    let choice = input.byte()
    let peer = peer(choice & 7)
    guard case .v4(let address) = peer.address, case .v4(let host) = peer.host else {
      let first: [IPProtocol] = [.hopByHopOptions, .destinationOptions, .routing, .fragment]
      let headers = input.take(8 * Int(input.byte() & 15))
      let bytes = headers + datagram(8, port: 53)
      let frame = peer.frame(bytes, first[Int(choice >> 3 & 3)], checksumAt: nil)
      return receive(frame, from: peer)
    }
    let packet = ARPPacket(
      operation: choice & 8 == 0 ? .request : .reply,
      senderHardware: MACAddress([2, 0, 0, 0, 0, input.byte()]),
      senderProtocol: choice & 0x10 == 0 ? address : host, targetHardware: Peer.hostMAC,
      targetProtocol: choice & 0x20 == 0 ? host : address)
    receive(
      peer.link(.arp) + encoded(ARPPacket.size) { packet.emit(into: &$0) }, from: peer)
  }
}
