// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Frames
import NetWire

extension Stack {
  /// Takes a frame that an interface has received. What is not for this host, or malformed, is dropped.
  public func receive(
    _ frame: Span<UInt8>, _ offload: FrameOffload = .none, on interface: Interface, at now: Instant
  ) {
    guard let header = EthernetHeader(frame),
      header.destination == interface.mac || header.destination.isMulticast
    else { return }
    let packet = frame.extracting(EthernetHeader.size...)
    switch header.type {
    case .arp: receiveARP(packet, on: interface, at: now)
    case .ipv4: receiveIPv4(packet, offload.checksum, on: interface, at: now)
    default: return
    }
  }

  /// Answers requests for this host's address, and learns those of others (RFC 826).
  private func receiveARP(_ bytes: Span<UInt8>, on interface: Interface, at now: Instant) {
    guard let packet = ARPPacket(bytes), let prefix = interface.ipv4,
      packet.senderProtocol != prefix.address, !packet.senderHardware.isMulticast
    else { return }
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

  private func receiveIPv4(
    _ bytes: Span<UInt8>, _ checksum: FrameOffload.Checksum, on interface: Interface,
    at now: Instant
  ) {
    guard let header = IPv4Header(bytes), let prefix = interface.ipv4,
      header.destination == prefix.address, !header.isFragment, !header.source.isMulticast,
      header.source != .broadcast, header.source != .unspecified
    else { return }
    let payload = bytes.extracting(header.payload)
    let envelope = PseudoHeader(
      source: .v4(header.source), destination: .v4(header.destination),
      payloadProtocol: header.payloadProtocol)
    switch header.payloadProtocol {
    case .icmp: receiveICMP(payload, envelope, at: now)
    case .tcp:
      guard checksum != .inFrame || envelope.verifies(payload) else { return }
      receiveTCP(payload, envelope, on: interface, at: now)
    case .udp: receiveUDP(payload, envelope, isVerified: checksum != .inFrame, at: now)
    default: return
    }
  }

  /// Answers echo requests (RFC 1122, section 3.2.2.6).
  private func receiveICMP(_ message: Span<UInt8>, _ envelope: PseudoHeader, at now: Instant) {
    guard let echo = ICMPEcho(message), echo.kind == .request else { return }
    var bytes = [UInt8](copying: message)
    var span = bytes.mutableSpan
    echo.reply.emit(into: &span)
    send(bytes, .icmp, to: envelope.source, from: envelope.destination)
  }
}
