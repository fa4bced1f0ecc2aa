// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Swiftlet

/// One station of a network, with at most one connection.
///
/// Sendable because nothing runs at the same time as its user.
final class Station: @unchecked Sendable {
  private static let (sinkPort, sourcePort) = (UInt16(9), UInt16(19))

  private let device = Devices.service
  private let mac = MACAddress(Devices.service.mac)
  private let address: IPv4Address
  private let length: UInt64
  private let verifies: Bool
  private let pattern = Pattern()
  private var connection: Connection?
  /// Whether one of the tasks is sending what the connection has to say.
  private var isSending = false
  /// The connections that are over.
  private(set) var count = 0
  private(set) var isCorrect = true

  init(address: IPv4Address, length: UInt64, verifies: Bool) {
    self.address = address
    self.length = length
    self.verifies = verifies
  }

  func handle(_ frame: consuming ReceivedFrame) async throws(NetError) {
    let bytes = frame.span
    guard let header = EthernetHeader(bytes),
      header.destination == mac || header.destination == .broadcast
    else { return }
    let packet = bytes.extracting(EthernetHeader.size...)
    switch header.type {
    case .arp:
      guard let request = ARPPacket(packet), request.operation == .request,
        request.targetProtocol == address
      else { return }
      try await device.send { reply in
        appendHeader(.arp, to: header.source, &reply)
        reply.append(count: ARPPacket.size) { request.reply(from: self.mac).emit(into: &$0) }
      }
    case .ipv4:
      take(packet, from: header.source, frame.offload.checksum)
      try await send()
    default: return
    }
  }

  private func take(
    _ packet: Span<UInt8>, from source: MACAddress, _ checksum: FrameOffload.Checksum
  ) {
    guard let header = IPv4Header(packet), header.destination == address, !header.isFragment,
      header.payloadProtocol == .tcp
    else { return }
    let segment = packet.extracting(header.payload)
    if checksum == .inFrame {
      var sum = pseudoHeaderSum(header.source, address, length: segment.count)
      sum.add(segment)
      guard sum.value == 0 else { return }
    }
    guard let tcp = TCPHeader(segment),
      [Self.sinkPort, Self.sourcePort].contains(tcp.destinationPort)
    else { return }
    let peer = Connection.Peer(
      mac: source, address: header.source, port: tcp.sourcePort, localPort: tcp.destinationPort)
    if tcp.flags.contains(.syn) {
      if connection?.peer != peer {
        connection = Connection(
          peer, tcp, mtu: device.mtu, length: peer.localPort == Self.sourcePort ? length : 0)
      }
    } else if connection?.peer == peer {
      if tcp.flags.contains(.rst) {
        connection = nil
      } else {
        connection?.take(tcp, segment.extracting(tcp.dataOffset...), verifies ? pattern : nil)
      }
    }
  }

  /// Sends what the connection has to say, and ends it when it has nothing to say any more.
  private func send() async throws(NetError) {
    if isSending {
      return
    }
    isSending = true
    defer { isSending = false }
    // All headers and the payload of one packet have to fit into 16 bits of length.
    let limit =
      device.offloads.contains(.segmentationV4)
      ? Int(UInt16.max) - IPv4Header.size - TCPHeader.size : nil
    while let segment = connection?.nextSegment(limit: limit), let connection {
      try await send(segment, of: connection)
    }
    if let connection, connection.isOver {
      print(
        """
        port \(connection.peer.localPort): \(connection.received) bytes received, \
        \(connection.length) sent, \(connection.frames) frames\
        \(connection.isCorrect ? "" : ", wrong")
        """)
      isCorrect = isCorrect && connection.isCorrect
      count += 1
      self.connection = nil
    }
  }

  private func send(
    _ segment: Connection.Segment, of connection: Connection
  ) async throws(NetError) {
    let peer = connection.peer
    var header = TCPHeader(
      sourcePort: peer.localPort, destinationPort: peer.port, sequence: segment.sequence,
      acknowledgment: segment.acknowledgment, flags: segment.flags, window: .max)
    header.maximumSegmentSize = UInt16(device.mtu - IPv4Header.size - TCPHeader.size)
    header.windowScale = connection.scale
    let options = segment.flags.contains(.syn) ? TCPHeader.optionsSize : 0
    let ip = IPv4Header(
      source: address, destination: peer.address, payloadProtocol: .tcp,
      payloadLength: TCPHeader.size + options + segment.count)
    let sum = pseudoHeaderSum(
      address, peer.address, length: ip.totalLength - IPv4Header.size)
    let start = EthernetHeader.size + IPv4Header.size
    var offload = FrameOffload(
      checksum: .missing(start: start, offset: TCPHeader.checksumOffset))
    if segment.count > connection.packetSize {
      offload.segmentation = .init(
        version: .v4, payloadSize: connection.packetSize, headerSize: start + TCPHeader.size)
    }
    let parts = pattern.parts(at: segment.offset, count: segment.count)
    try await device.send(offload, parts) { frame in
      appendHeader(.ipv4, to: peer.mac, &frame)
      frame.append(count: IPv4Header.size) { ip.emit(into: &$0) }
      header.append(to: &frame, sum: ~sum.value)
    }
  }

  private func appendHeader(
    _ type: EtherType, to destination: MACAddress, _ frame: inout OutputSpan<UInt8>
  ) {
    let header = EthernetHeader(destination: destination, source: mac, type: type)
    frame.append(count: EthernetHeader.size) { header.emit(into: &$0) }
  }

  /// Sends again what no acknowledgment has come for, whenever none has come for a while.
  func sendAgain() async {
    var last: UInt64 = 0
    while true {
      try? await sleep(for: .milliseconds(300))
      if let acknowledged = connection?.acknowledged {
        if connection?.isWaiting == true && acknowledged == last {
          connection?.startAgain()
          try? await send()
        }
        last = acknowledged
      }
    }
  }
}
