// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames
import NetWire

extension Stack {
  /// Takes a frame that an interface has received. What is not for this host, or malformed, is dropped.
  public func receive(
    _ frame: Span<UInt8>, _ offload: FrameOffload = .none, on interface: Interface, at now: Instant
  ) {
    clock = now
    guard let header = EthernetHeader(frame),
      header.destination == interface.mac || header.destination.isMulticast
    else { return }
    var type = header.type
    var packet = frame.extracting(EthernetHeader.size...)
    if type == .vlan {
      // A tag without a network only tells of a priority.
      guard let tag = VLANTag(packet), tag.identifier == interface.vlan ?? 0 else { return }
      type = tag.type
      packet = packet.extracting(VLANTag.size...)
    } else if interface.vlan != nil {
      return
    }
    let isToMany = header.destination.isMulticast
    switch type {
    case .arp: receiveARP(packet, on: interface, at: now)
    case .ipv4:
      receiveIPv4(packet, offload.checksum, isToMany: isToMany, on: interface, at: now)
    case .ipv6:
      receiveIPv6(packet, offload.checksum, isToMany: isToMany, on: interface, at: now)
    default: return
    }
  }

  /// Answers requests for this host's address, and learns those of others (RFC 826).
  private func receiveARP(_ bytes: Span<UInt8>, on interface: Interface, at now: Instant) {
    guard let packet = ARPPacket(bytes), !packet.senderHardware.isMulticast else { return }
    interface.note(packet)
    guard let prefix = interface.ipv4, packet.senderProtocol != prefix.address else { return }
    let isForHost = packet.targetProtocol == prefix.address
    let sender = IPAddress.v4(packet.senderProtocol)
    let waiting =
      isForHost && packet.operation == .request && prefix.contains(packet.senderProtocol)
      ? interface.neighbors.heard(sender, packet.senderHardware, at: now)
      : interface.neighbors.confirmed(
        sender, packet.senderHardware, solicited: isForHost && packet.operation == .reply,
        override: true, at: now)
    interface.send(waiting, type: .ipv4, to: packet.senderHardware)
    if isForHost && packet.operation == .request {
      let reply = [UInt8](size: ARPPacket.size) { bytes in
        packet.reply(from: interface.mac).emit(into: &bytes)
      }
      interface.enqueue(
        OutgoingPacket(
          destination: .station(packet.senderHardware), type: .arp, bytes: reply))
    }
  }

  /// Takes a packet of a frame to this host, or to many.
  private func receiveIPv4(
    _ bytes: Span<UInt8>, _ checksum: FrameOffload.Checksum, isToMany: Bool,
    on interface: Interface, at now: Instant
  ) {
    guard let header = IPv4Header(bytes), isCredible(header.source, on: interface),
      !header.hasRouteToFollow(in: bytes),
      // RFC 1122, section 3.3.6
      !isToMany || header.destination.isMulticast || interface.isBroadcast(header.destination)
    else { return }
    let packet = bytes.extracting(0..<header.totalLength)
    guard header.isFragment else {
      return receiveIPv4(
        IncomingPacket(interface, packet, isVerified: checksum != .inFrame),
        packet.extracting(header.payload), header, at: now)
    }
    guard interface.ipv4?.address == header.destination else { return }
    let fragment = Reassembly.Fragment(
      source: .v4(header.source), destination: .v4(header.destination),
      payloadProtocol: header.payloadProtocol, identification: UInt32(header.identification),
      offset: header.fragmentOffset, moreFragments: header.moreFragments)
    let outcome = reassembly.insert(fragment, packet, payload: header.payload, at: now)
    if case .complete(let whole) = outcome {
      let quote = whole.header + whole.payload.prefix(ICMPError.quoteLimit4)
      receiveIPv4(
        IncomingPacket(interface, quote.span, isVerified: false), whole.payload.span, header,
        at: now)
    }
  }

  /// Whether another host can have sent from an address (RFC 1122, section 3.2.1.3).
  private func isCredible(_ source: IPv4Address, on interface: Interface) -> Bool {
    !source.isMulticast && !source.isLoopback && !interface.isBroadcast(source)
      && (interface.ipv4 == nil || source != .unspecified)
      && interface.ipv4?.address != source
  }

  /// Takes a packet that is whole.
  private func receiveIPv4(
    _ packet: borrowing IncomingPacket, _ payload: Span<UInt8>, _ header: IPv4Header,
    at now: Instant
  ) {
    let interface = packet.interface
    let isOwn = interface.ipv4?.address == header.destination
    let isToMany =
      interface.isBroadcast(header.destination)
      || interface.groups4.contains(.v4(header.destination))
      || header.destination == IGMPMessage.allHosts
    guard isOwn || isToMany else { return }
    let envelope = PseudoHeader(
      source: .v4(header.source), destination: .v4(header.destination),
      payloadProtocol: header.payloadProtocol)
    switch header.payloadProtocol {
    case .icmp where isOwn: receiveICMP(payload, envelope, at: now)
    case .igmp: receiveIGMP(payload, on: interface, at: now)
    case .tcp where isOwn:
      guard packet.isVerified || envelope.verifies(payload) else { return }
      receiveTCP(payload, envelope, on: interface, at: now)
    case .udp:
      if !receiveUDP(payload, envelope, isVerified: packet.isVerified, at: now), isOwn {
        refuse(packet, .unreachable(.port), at: now)
      }
    default:
      if isOwn {
        refuse(packet, .unreachable(.payloadProtocol), at: now)
      }
    }
  }

  /// Answers echo requests (RFC 1122, section 3.2.2.6), and passes errors on.
  private func receiveICMP(_ message: Span<UInt8>, _ envelope: PseudoHeader, at now: Instant) {
    if let error = ICMPError(v4: message),
      let quoted = QuotedPacket(v4: message.extracting(ICMPError.size...))
    {
      return handle(error, about: quoted, at: now)
    }
    guard let echo = ICMPEcho(v4: message), echo.kind == .request else { return }
    var bytes = [UInt8](copying: message)
    var span = bytes.mutableSpan
    echo.reply.emit4(into: &span)
    send(bytes, .icmp, to: envelope.source, from: envelope.destination)
  }
}
