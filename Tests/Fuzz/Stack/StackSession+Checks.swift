// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

@testable import NetStack

extension StackSession {
  /// Checks a frame that the host sends, and takes note of what it says.
  func check(
    _ frame: [UInt8], headerSize: Int, _ offload: FrameOffload, of interface: Interface
  ) {
    var frame = frame
    if case .missing(let start, let offset) = offload.checksum {
      var sum = InternetChecksum()
      sum.add(frame.span.extracting(start...))
      frame[start + offset] = UInt8(sum.value >> 8)
      frame[start + offset + 1] = UInt8(sum.value & 0xff)
    }
    guard let header = EthernetHeader(frame.span) else { preconditionFailure("no header") }
    precondition(header.source == interface.mac && header.destination != .unspecified)
    var (type, start) = (header.type, EthernetHeader.size)
    if interface.vlan != nil {
      let tag = VLANTag(frame.span.extracting(start...))
      precondition(header.type == .vlan && tag?.identifier == interface.vlan)
      type = tag?.type ?? type
      start += VLANTag.size
    }
    let packet = Array(frame[start...])
    if let segmentation = offload.segmentation {
      precondition(segmentation.headerSize == headerSize && segmentation.payloadSize > 0)
      precondition(segmentation.payloadSize + headerSize - start <= interface.mtu)
      precondition(packet.count <= 0xffff && interface.offloads.rawValue != 0)
    } else {
      precondition(packet.count <= interface.mtu)
    }
    switch type {
    case .arp: checkARP(packet, of: interface)
    case .ipv4: checkIPv4(packet)
    case .ipv6: checkIPv6(packet)
    default: preconditionFailure("another type")
    }
  }

  private func checkARP(_ packet: [UInt8], of interface: Interface) {
    guard let packet = ARPPacket(packet.span) else { preconditionFailure("unreadable") }
    precondition(packet.senderHardware == interface.mac)
    let peer = Peer.all.first { $0.address == .v4(packet.targetProtocol) }
    guard packet.operation == .request, let peer else { return }
    let reply = packet.reply(from: peer.mac)
    let frame = peer.link(.arp) + encoded(ARPPacket.size) { reply.emit(into: &$0) }
    replies.append((frame, interface))
  }

  private func checkIPv4(_ packet: [UInt8]) {
    guard let header = IPv4Header(packet.span) else { preconditionFailure("unreadable") }
    precondition(header.totalLength == packet.count)
    if header.isFragment { return }
    sent4 = packet
    let envelope = PseudoHeader(
      source: .v4(header.source), destination: .v4(header.destination),
      payloadProtocol: header.payloadProtocol)
    check(Array(packet[header.payload]), envelope)
  }

  private func checkIPv6(_ packet: [UInt8]) {
    guard let header = IPv6Header(packet.span) else { preconditionFailure("unreadable") }
    precondition(header.payload.upperBound == packet.count)
    let chain = IPv6HeaderChain(packet.span, header.nextHeader, isToGroup: false)
    guard case .payload(let payloadProtocol, let offset) = chain.end else {
      guard case .fragment = chain.end else { preconditionFailure("unreadable") }
      return
    }
    sent6 = packet
    let envelope = PseudoHeader(
      source: .v6(header.source), destination: .v6(header.destination),
      payloadProtocol: payloadProtocol)
    check(Array(packet[offset...]), envelope)
  }

  private func check(_ payload: [UInt8], _ envelope: PseudoHeader) {
    switch envelope.payloadProtocol {
    case .tcp:
      precondition(envelope.verifies(payload.span))
      checkTCP(payload, envelope)
    case .udp:
      precondition(envelope.verifies(payload.span) && payload[6..<8] != [0, 0])
      precondition(UDPHeader(payload.span)?.length == payload.count)
    case .icmpv6:
      precondition(envelope.verifies(payload.span))
      answerSolicitation(payload, envelope)
    case .icmp, .igmp:
      var sum = InternetChecksum()
      sum.add(payload.span)
      precondition(sum.value == 0)
    default: preconditionFailure("another protocol")
    }
  }

  private func answerSolicitation(_ message: [UInt8], _ envelope: PseudoHeader) {
    guard let question = NeighborSolicitation(message.span), envelope.source != .v6(.unspecified),
      let peer = Peer.all.first(where: { $0.address == .v6(question.target) })
    else { return }
    var answer = NeighborAdvertisement(target: question.target)
    (answer.isSolicited, answer.isOverride) = (true, true)
    answer.options.targetHardware = peer.mac
    let bytes = encoded(answer.encodedSize) {
      answer.emit(into: &$0, source: .unspecified, destination: .unspecified)
    }
    let frame = peer.frame(
      bytes, .icmpv6, checksumAt: 2, hopLimit: 255, to: envelope.source)
    replies.append((frame, plain))
  }

  private func checkTCP(_ bytes: [UInt8], _ envelope: PseudoHeader) {
    guard let header = TCPHeader(bytes.span) else { preconditionFailure("unreadable") }
    let flow = TCPFlow(
      local: SocketAddress(envelope.source, port: header.sourcePort),
      remote: SocketAddress(envelope.destination, port: header.destinationPort))
    guard var conversation = conversations[flow] else { return }
    defer { conversations[flow] = conversation }
    if header.flags.contains(.syn) {
      conversation.hostStart = header.sequence
      conversation.hostEnd = header.sequence &+ 1
      conversation.peerAcknowledged = header.sequence
    } else if let start = conversation.hostStart {
      for (index, byte) in bytes[header.dataOffset...].enumerated() {
        let position = header.sequence &+ UInt32(index) &- start &- 1
        precondition(byte == Application.ownByte(UInt64(position)))
      }
    }
    guard !header.flags.contains(.rst) else { return }
    let length = bytes.count - header.dataOffset + (header.flags.contains(.fin) ? 1 : 0)
    let end = header.sequence &+ UInt32(length)
    if Int32(bitPattern: end &- conversation.hostEnd) > 0 { conversation.hostEnd = end }
    if header.flags.contains(.ack) { conversation.acknowledged = header.acknowledgment }
    conversation.window = header.window
    conversation.timestamp = header.options.timestamps?.value ?? conversation.timestamp
    for index in 0..<header.options.blockCount {
      let block = header.options.block(index)
      precondition(Int32(bitPattern: block.right &- block.left) > 0)
    }
  }
}
