// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
import Frames
import NetWire

extension Stack {
  /// Appends the headers of the next frame that an interface has to send to `frame`, which is empty and
  /// has room for a frame of the interface; nil when there is nothing to send.
  public func nextFrame(
    on interface: Interface, into frame: inout OutputSpan<UInt8>, at now: Instant
  ) -> FrameToSend? {
    clock = now
    enqueueTasks(of: interface, at: now)
    if appendQuestion(on: interface, to: &frame, at: now) {
      return FrameToSend()
    }
    while let packet = interface.outbox.popFirst() {
      if let result = append(packet, on: interface, to: &frame, at: now) {
        return result
      }
    }
    while let connection = interface.ready.popFirst() {
      if let result = appendSegment(of: connection, on: interface, to: &frame, at: now) {
        // It may have more, which is sent when the others have had their turn.
        interface.ready.append(connection)
        return result
      }
    }
    // What found no station above has a question now.
    return appendQuestion(on: interface, to: &frame, at: now) ? FrameToSend() : nil
  }

  /// Appends a packet, unless its station is not known: then it waits, or is lost.
  private func append(
    _ packet: OutgoingPacket, on interface: Interface, to frame: inout OutputSpan<UInt8>,
    at now: Instant
  ) -> FrameToSend? {
    let station: MACAddress
    switch packet.destination {
    case .station(let mac): station = mac
    case .neighbor(let address):
      guard case .reachable(let mac) = interface.neighbors.lookup(address, at: now) else {
        interface.neighbors.enqueue(packet.bytes, for: address)
        return nil
      }
      station = mac
    }
    appendEthernet(packet.type, from: interface, to: station, &frame)
    frame.append(copyOf: packet.bytes.span)
    return FrameToSend()
  }

  /// Whom to ask for its hardware address. Who waits for one that did not answer is told.
  private func nextQuestion(
    on interface: Interface, at now: Instant
  ) -> NeighborCache.Solicitation? {
    guard let deadline = interface.neighbors.deadline, deadline <= now else { return nil }
    let question = interface.neighbors.nextSolicitation(at: now)
    while let failure = interface.neighbors.nextFailure() {
      if case .v6(let router) = failure.address {
        interface.ipv6?.note(router: router, isSilent: true)
      }
      for _ in 0..<interface.blocked.count {
        guard let connection = interface.blocked.popFirst() else { break }
        if connection.attachment?.path.nextHop == failure.address {
          reroute(connection, around: failure.address, at: now)
        } else {
          interface.blocked.append(connection)
        }
      }
    }
    return question
  }

  /// Finds a connection another way than by a station that does not answer.
  private func reroute(
    _ connection: TCPConnection, around station: IPAddress, at now: Instant
  ) {
    let flow = connection.flow
    if let path = path(to: flow.remote.address, from: flow.local.address), path.nextHop != station {
      connection.attachment?.path = path
      connection.attachment?.station = nil
    } else {
      connection.unreachable(hard: connection.state == .synSent, at: now)
    }
    schedule(connection)
  }

  /// Appends a question for a station, if one is due.
  private func appendQuestion(
    on interface: Interface, to frame: inout OutputSpan<UInt8>, at now: Instant
  ) -> Bool {
    guard let question = nextQuestion(on: interface, at: now) else { return false }
    let address: IPv4Address
    switch question.address {
    case .v4(let target): address = target
    case .v6(let target):
      solicit(question, target, on: interface)
      guard let packet = interface.outbox.popLast() else { return false }
      return append(packet, on: interface, to: &frame, at: now) != nil
    }
    guard let prefix = interface.ipv4 else { return false }
    let packet = ARPPacket(
      operation: .request, senderHardware: interface.mac, senderProtocol: prefix.address,
      targetHardware: question.hardware ?? .unspecified, targetProtocol: address)
    appendEthernet(.arp, from: interface, to: question.hardware ?? .broadcast, &frame)
    frame.append(count: ARPPacket.size) { packet.emit(into: &$0) }
    return true
  }

  func appendEthernet(
    _ type: EtherType, from interface: Interface, to station: MACAddress,
    _ frame: inout OutputSpan<UInt8>
  ) {
    let outer = interface.vlan == nil ? type : .vlan
    let header = EthernetHeader(destination: station, source: interface.mac, type: outer)
    frame.append(count: EthernetHeader.size) { header.emit(into: &$0) }
    if let vlan = interface.vlan {
      let tag = VLANTag(identifier: vlan, type: type)
      frame.append(count: VLANTag.size) { tag.emit(into: &$0) }
    }
  }
}
