// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

extension Stack {
  /// The most bytes of payload in a frame before segmentation: the longest headers have to fit into 16
  /// bits of length with them, and into the largest frame of a device.
  private static let unsegmentedLimit =
    Int(UInt16.max) - VLANTag.size - IPv6Header.size - TCPHeader.size - TCPOptions.capacity

  /// Appends the headers of the next segment that a connection has to send; nil when it has none, or
  /// when it has to wait for the address of its station.
  func appendSegment(
    of connection: TCPConnection, on interface: Interface, to frame: inout OutputSpan<UInt8>,
    at now: Instant
  ) -> FrameToSend? {
    guard let station = station(of: connection, on: interface, at: now) else { return nil }
    let isVersion6 = connection.flow.isVersion6
    let isSegmented = interface.offloads.contains(isVersion6 ? .segmentationV6 : .segmentationV4)
    guard
      let segment = connection.nextSegment(limit: isSegmented ? Self.unsegmentedLimit : 0, at: now)
    else {
      settle(connection)
      return nil
    }
    deadlines.update(connection)
    let length = segment.header.encodedSize + segment.payload.byteCount
    appendEthernet(isVersion6 ? .ipv6 : .ipv4, from: interface, to: station, &frame)
    appendHeader(of: connection.flow, payloadLength: length, on: interface, to: &frame)
    return append(segment, connection.flow, to: &frame)
  }

  private func appendHeader(
    of flow: TCPFlow, payloadLength: Int, on interface: Interface,
    to frame: inout OutputSpan<UInt8>
  ) {
    switch (flow.local.address, flow.remote.address) {
    case (.v4(let source), .v4(let destination)):
      let header = IPv4Header(
        source: source, destination: destination, payloadProtocol: .tcp,
        payloadLength: payloadLength)
      frame.append(count: IPv4Header.size) { header.emit(into: &$0) }
    case (.v6(let source), .v6(let destination)):
      var header = IPv6Header(
        source: source, destination: destination, nextHeader: .tcp, payloadLength: payloadLength)
      header.hopLimit = interface.ipv6?.discovery.hopLimit ?? header.hopLimit
      frame.append(count: IPv6Header.size) { header.emit(into: &$0) }
    case (.v4, .v6), (.v6, .v4): preconditionFailure("a flow is of one version")
    }
  }

  /// The station that a connection's segments go to. Without one, the connection waits.
  private func station(
    of connection: TCPConnection, on interface: Interface, at now: Instant
  ) -> MACAddress? {
    guard let attachment = connection.attachment else { return nil }
    if let station = attachment.station,
      attachment.generation == interface.neighbors.generation
    {
      return station
    }
    guard
      case .reachable(let station) = interface.neighbors.lookup(attachment.path.nextHop, at: now)
    else {
      interface.blocked.append(connection)
      return nil
    }
    connection.attachment?.station = station
    connection.attachment?.generation = interface.neighbors.generation
    return station
  }

  /// Appends TCP's header, with the sum of the pseudo header in the checksum's place.
  private func append(
    _ segment: TCPSegment, _ flow: TCPFlow, to frame: inout OutputSpan<UInt8>
  ) -> FrameToSend {
    let header = segment.header
    let envelope = PseudoHeader(
      source: flow.local.address, destination: flow.remote.address, payloadProtocol: .tcp)
    let sum = envelope.checksum(length: header.encodedSize + segment.payload.byteCount)
    let start = frame.count
    frame.append(count: header.encodedSize) { header.emit(into: &$0, checksum: ~sum.value) }
    var result = FrameToSend()
    result.parts = segment.payload
    result.offload.checksum = .missing(start: start, offset: TCPHeader.checksumOffset)
    if segment.payload.byteCount > segment.packetSize {
      result.offload.segmentation = .init(
        version: flow.isVersion6 ? .v6 : .v4, payloadSize: segment.packetSize,
        headerSize: frame.count)
    }
    return result
  }
}

extension TCPFlow {
  /// Whether the flow is one of IPv6.
  var isVersion6: Bool {
    switch local.address {
    case .v4: false
    case .v6: true
    }
  }
}
