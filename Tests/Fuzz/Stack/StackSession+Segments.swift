// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

@testable import NetStack

extension StackSession {
  /// A segment of a peer, of a connection that there is or may come to be.
  func receiveSegment(_ input: inout FuzzInput) {
    let choice = input.byte()
    let peer: Peer
    let flow: TCPFlow
    if choice & 0x80 != 0, !opened.isEmpty {
      flow = opened[Int(choice & 0x7f) % opened.count]
      guard let known = Peer.all.first(where: { $0.address == flow.remote.address }) else { return }
      peer = known
    } else {
      peer = Peer.all[Int(choice & 7) % Peer.all.count]
      flow = TCPFlow(
        local: SocketAddress(peer.host, port: choice & 8 == 0 ? 80 : 7),
        remote: SocketAddress(peer.address, port: 1000 + UInt16(choice >> 4 & 7)))
    }
    let (segment, count) = segment(of: flow, &input)
    let payload = (0..<UInt32(count)).map {
      Application.peerByte(
        segment.sequence &+ $0 &+ (segment.flags.contains(.syn) ? 1 : 0))
    }
    let bytes = encoded(segment.encodedSize) { segment.emit(into: &$0) } + payload
    let frame = peer.frame(bytes, .tcp, checksumAt: TCPHeader.checksumOffset)
    receive(frame, on: peer.isTagged ? tagged : plain)
  }

  /// The header and the size of the payload.
  private func segment(
    of flow: TCPFlow, _ input: inout FuzzInput
  ) -> (header: TCPHeader, count: Int) {
    let flags = TCPHeader.Flags(rawValue: input.byte() & 0x3f)
    let (choice, window) = (input.byte(), input.byte())
    var conversation = conversations[flow, default: Conversation()]
    let state = stack.connections[flow]?.state
    let opens = [nil, .synSent, .synReceived, .timeWait].contains(state)
    if flags.contains(.syn), state == nil || state == .timeWait, choice & 1 != 0 {
      conversation.peerStart &+= 0x0080_0001
      conversation.acknowledged = conversation.peerStart
    }
    var sequence = conversation.acknowledged
    switch choice & 7 {
    case 0, 1: break
    case 2: sequence &+= UInt32(input.byte())
    case 3: sequence &-= UInt32(input.byte())
    case 4: sequence &+= UInt32(input.byte()) << 8
    case 5: sequence &+= UInt32(conversation.window)
    case 6: sequence &-= 1
    default: sequence = UInt32(input.word()) << 16 | UInt32(input.word())
    }
    if flags.contains(.syn), opens { sequence = conversation.peerStart }
    var acknowledgment = conversation.hostEnd
    switch choice >> 3 & 7 {
    case 1: acknowledgment = conversation.peerAcknowledged
    case 2: acknowledgment &-= UInt32(input.byte()) << 4
    case 3: acknowledgment &+= UInt32(input.byte())
    case 4: acknowledgment = conversation.peerAcknowledged &+ UInt32(input.byte()) << 6
    case 5: acknowledgment = UInt32(input.word()) << 16 | UInt32(input.word())
    default: break
    }
    if flags.contains(.ack), choice & 7 < 2 { conversation.peerAcknowledged = acknowledgment }
    var header = TCPHeader(
      sourcePort: flow.remote.port, destinationPort: flow.local.port, sequence: sequence,
      acknowledgment: acknowledgment, flags: flags, window: UInt16(window) << 8)
    addOptions(to: &header, conversation, &input)
    conversations[flow] = conversation
    let count =
      switch choice >> 6 {
      case 0: 0
      case 1: Int(input.byte())
      case 2: 1000
      default: min(Int(input.byte()) << 4, 1400)
      }
    return (header, count)
  }

  private func addOptions(
    to header: inout TCPHeader, _ conversation: Conversation, _ input: inout FuzzInput
  ) {
    let choice = input.byte()
    if choice & 1 != 0 { header.options.maximumSegmentSize = input.word() }
    if choice & 2 != 0 { header.options.windowScale = input.byte() & 15 }
    header.options.isSACKPermitted = choice & 4 != 0
    if choice & 8 != 0 {
      let value = UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000)
      header.options.timestamps = TCPOptions.Timestamps(
        value: choice & 16 == 0 ? value : value &- UInt32(input.byte()) << 4,
        echo: choice & 32 == 0
          ? conversation.timestamp : conversation.timestamp &- UInt32(input.byte()))
    }
    for _ in 0..<Int(choice >> 6) {
      let left = conversation.peerAcknowledged &+ UInt32(input.byte()) << 6
      header.options.append(
        TCPOptions.Block(left: left, right: left &+ UInt32(input.byte()) << 6))
    }
  }
}
