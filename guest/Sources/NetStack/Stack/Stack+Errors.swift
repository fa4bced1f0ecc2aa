// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension ICMPError {
  /// How much of a packet a message of version 4 quotes: what fits into 576 bytes (RFC 1812, section
  /// 4.3.2.3).
  static let quoteLimit4 = 576 - IPv4Header.size - size
  /// How much a message of version 6 quotes: what fits into any link (RFC 4443, section 2.4 c).
  static let quoteLimit6 = IPv6Header.minimumMTU - IPv6Header.size - size
}

extension Stack {
  /// Tells the sender of a packet what is wrong with it, unless it was sent to many or from nobody
  /// (RFC 1122, section 3.2.2; RFC 4443, section 2.4 e), or others were told too much lately.
  func refuse(
    _ packet: borrowing IncomingPacket, _ kind: ICMPError.Kind, evenToGroup: Bool = false,
    at now: Instant
  ) {
    let bytes = packet.bytes
    if let header = IPv6Header(bytes) {
      guard !header.destination.isMulticast || evenToGroup else { return }
      let own = packet.interface.ipv6?.source(for: header.source)
      let source = header.destination.isMulticast ? own : header.destination
      if let source {
        sendError(kind, quoting: bytes, to: header.source, from: source, at: now)
      }
    } else if bytes.count >= IPv4Header.size {
      let addresses = QuotedPacket(v4: bytes)
      if case .v4(let to) = addresses?.source, case .v4(let from) = addresses?.destination {
        sendError(kind, quoting: bytes, to: to, from: from, at: now)
      }
    }
  }

  private func sendError(
    _ kind: ICMPError.Kind, quoting packet: Span<UInt8>, to destination: IPv6Address,
    from source: IPv6Address, at now: Instant
  ) {
    guard destination != .unspecified, !destination.isMulticast, !quotesError(v6: packet),
      errorLimit.take(at: now)
    else { return }
    let count = min(packet.count, ICMPError.quoteLimit6)
    let message = [UInt8](size: ICMPError.size + count) { bytes in
      bytes.update(from: packet.extracting(0..<count), at: ICMPError.size)
      ICMPError(kind).emit6(into: &bytes, source: source, destination: destination)
    }
    send(message, .icmpv6, to: .v6(destination), from: .v6(source))
  }

  private func sendError(
    _ kind: ICMPError.Kind, quoting packet: Span<UInt8>, to destination: IPv4Address,
    from source: IPv4Address, at now: Instant
  ) {
    guard destination != .unspecified, destination != .broadcast, !destination.isMulticast,
      errorLimit.take(at: now)
    else { return }
    let count = min(packet.count, ICMPError.quoteLimit4)
    let message = [UInt8](size: ICMPError.size + count) { bytes in
      bytes.update(from: packet.extracting(0..<count), at: ICMPError.size)
      ICMPError(kind).emit4(into: &bytes)
    }
    send(message, .icmp, to: .v4(destination), from: .v4(source))
  }

  /// Whether a packet is an error message itself, to which there is no answer.
  private func quotesError(v6 packet: Span<UInt8>) -> Bool {
    guard let header = IPv6Header(packet) else { return true }
    let chain = IPv6HeaderChain(packet, header.nextHeader, isToGroup: true, looksOnly: true)
    guard case .payload(.icmpv6, let offset) = chain.end else { return false }
    return ICMPv6Type(of: packet.extracting(offset...))?.isError ?? true
  }

  /// Forgets packets whose fragments did not all come, and tells their senders.
  func expireFragments(at now: Instant) {
    while let expired = reassembly.nextExpired(at: now) {
      switch (expired.source, expired.destination) {
      case (.v4(let source), .v4(let destination)):
        sendError(
          .fragmentsExceeded, quoting: expired.quote.span, to: source, from: destination, at: now)
      case (.v6(let source), .v6(let destination)) where !destination.isMulticast:
        sendError(
          .fragmentsExceeded, quoting: expired.quote.span, to: source, from: destination, at: now)
      default: continue
      }
    }
  }

  /// Takes an error message about a packet that this host is said to have sent.
  func handle(_ error: ICMPError, about packet: QuotedPacket, at now: Instant) {
    guard isLocal(packet.source) else { return }
    switch packet.payloadProtocol {
    case .tcp: handleTCP(error, about: packet, at: now)
    case .udp: handleUDP(error, about: packet, at: now)
    case .icmp, .icmpv6:
      if case .tooBig(let mtu) = error.kind {
        noteTooBig(packet, mtu: mtu, at: now)
      }
    default: return
    }
  }

  /// Only who knows what is in flight can have seen the packet (RFC 5927, section 4).
  private func handleTCP(_ error: ICMPError, about packet: QuotedPacket, at now: Instant) {
    let flow = TCPFlow(
      local: SocketAddress(packet.source, port: packet.sourcePort),
      remote: SocketAddress(packet.destination, port: packet.destinationPort))
    guard let connection = connections[flow], connection.isInFlight(packet.sequence) else {
      return
    }
    switch error.kind {
    case .tooBig(let mtu): noteTooBig(packet, mtu: mtu, at: now)
    case .unreachable(.port), .unreachable(.payloadProtocol), .unreachable(.prohibited):
      connection.unreachable(hard: true, at: now)
      schedule(connection)
    case .unreachable, .hopsExceeded:
      connection.unreachable(hard: false, at: now)
      schedule(connection)
    case .fragmentsExceeded, .parameterProblem: return
    }
  }

  private func handleUDP(_ error: ICMPError, about packet: QuotedPacket, at now: Instant) {
    let remote = SocketAddress(packet.destination, port: packet.destinationPort)
    let endpoint = endpoints.first {
      $0.takes(packet.source, port: packet.sourcePort, from: remote)
    }
    guard let endpoint else { return }
    switch error.kind {
    case .tooBig(let mtu): noteTooBig(packet, mtu: mtu, at: now)
    case .unreachable(.port): endpoint.fail(UDPEndpoint.Failure(remote: remote, error: .refused))
    case .unreachable, .hopsExceeded:
      endpoint.fail(UDPEndpoint.Failure(remote: remote, error: .unreachable))
    case .fragmentsExceeded, .parameterProblem: return
    }
  }

  /// Notes that packets to an address have to be smaller, and has connections send smaller segments.
  private func noteTooBig(_ packet: QuotedPacket, mtu: UInt32, at now: Instant) {
    let next = pathMTUs.tooBig(packet.destination, mtu: mtu, size: packet.totalLength, at: now)
    guard next != nil else { return }
    for connection in connections.values where connection.flow.remote.address == packet.destination
    {
      guard let path = connection.attachment?.path else { continue }
      connection.pathMTUChanged(
        maximumSegmentSize: maximumSegmentSize(path, to: packet.destination), at: now)
      schedule(connection)
    }
  }
}
