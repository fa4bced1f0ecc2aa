// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import DequeModule
public import NetWire

extension Stack {
  /// Opens a port of UDP; 0 stands for any that is free. With `remote` datagrams come only from there.
  public func openUDP(
    port: UInt16, address: IPAddress? = nil, remote: SocketAddress? = nil
  ) throws(SocketError) -> UDPEndpoint {
    guard let port = port == 0 ? freeUDPPort() : port else { throw .addressInUse }
    let isTaken = endpoints.contains { other in
      other.port == port && other.remote == remote
        && (other.address == address || other.address == nil || address == nil)
    }
    if isTaken {
      throw .addressInUse
    }
    let endpoint = UDPEndpoint(address: address, port: port, remote: remote)
    endpoints.append(endpoint)
    return endpoint
  }

  /// Closes a port of UDP.
  public func close(_ endpoint: UDPEndpoint) {
    endpoints.removeAll { $0 === endpoint }
    for membership in endpoint.memberships {
      leave(membership, at: clock)
    }
    endpoint.memberships = []
  }

  /// Has a datagram sent. Without `source` it comes from the address of the interface that it leaves by,
  /// which is `interface` unless that is nil.
  public func send(
    _ payload: Span<UInt8>, to remote: SocketAddress, from endpoint: UDPEndpoint,
    source: IPAddress? = nil, on interface: Interface? = nil
  ) throws(SocketError) {
    let path = path(to: remote.address, from: source ?? endpoint.address, on: interface)
    guard let path else { throw .unreachable }
    let size = UDPHeader.size + payload.count
    guard size <= Int(UInt16.max) - IPv4Header.size else { throw .messageSize }
    guard path.interface.outbox.count < Interface.outboxLimit else { throw .full }
    let from = source ?? endpoint.address ?? path.source
    let envelope = PseudoHeader(
      source: from, destination: remote.address, payloadProtocol: .udp)
    var header = UDPHeader(
      sourcePort: endpoint.port, destinationPort: remote.port, payloadLength: payload.count)
    let bytes = [UInt8](size: size) { bytes in
      header.emit(into: &bytes)
      bytes.update(from: payload, at: UDPHeader.size)
      var sum = envelope.checksum(length: size)
      sum.add(bytes.span)
      // 0 says that there is none; it is the same number as 0xffff.
      header.checksum = sum.value == 0 ? 0xffff : sum.value
      header.emit(into: &bytes)
    }
    guard send(bytes, .udp, to: remote.address, from: from, by: path) else { throw .full }
  }

  /// Takes a datagram. False when nobody listens at its port.
  func receiveUDP(
    _ bytes: Span<UInt8>, _ envelope: PseudoHeader, isVerified: Bool, at now: Instant
  ) -> Bool {
    guard let header = UDPHeader(bytes) else { return true }
    let datagram = bytes.extracting(0..<header.length)
    if header.checksum == 0 {
      // In version 6 it protects the addresses, too (RFC 8200, section 8.1).
      guard case .v4 = envelope.source else { return true }
    } else if !isVerified, !envelope.verifies(datagram) {
      return true
    }
    let source = SocketAddress(envelope.source, port: header.sourcePort)
    let payload = datagram.extracting(header.payload)
    if envelope.destination.isMulticast {
      for endpoint in endpoints
      where endpoint.takes(envelope.destination, port: header.destinationPort, from: source) {
        deliver(payload, from: source, envelope, to: endpoint)
      }
      return true
    }
    // One that is connected to the sender comes before one that takes from everybody.
    let endpoint =
      endpoints.first {
        $0.remote != nil
          && $0.takes(envelope.destination, port: header.destinationPort, from: source)
      }
      ?? endpoints.first {
        $0.takes(envelope.destination, port: header.destinationPort, from: source)
      }
    guard let endpoint else { return false }
    deliver(payload, from: source, envelope, to: endpoint)
    return true
  }

  private func deliver(
    _ payload: Span<UInt8>, from source: SocketAddress, _ envelope: PseudoHeader,
    to endpoint: UDPEndpoint
  ) {
    endpoint.append(
      Datagram(
        source: source, destination: envelope.destination, payload: [UInt8](copying: payload)))
  }

  /// A port that nobody has, one that cannot be guessed (RFC 6056, section 3.3.1).
  private func freeUDPPort() -> UInt16? {
    let ports = 49_152...65_535
    let start = secrets.random()
    for step in 0..<UInt64(ports.count) {
      let port = UInt16(ports.lowerBound + Int((start &+ step) % UInt64(ports.count)))
      if !endpoints.contains(where: { $0.port == port }) {
        return port
      }
    }
    return nil
  }
}
