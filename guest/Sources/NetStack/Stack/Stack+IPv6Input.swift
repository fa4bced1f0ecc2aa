// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire

extension Stack {
  /// Takes a packet of version 6, of a frame to this host, or to many.
  func receiveIPv6(
    _ bytes: Span<UInt8>, _ checksum: FrameOffload.Checksum, isToMany: Bool,
    on interface: Interface, at now: Instant
  ) {
    guard interface.ipv6 != nil, let header = IPv6Header(bytes), !header.source.isMulticast,
      header.source != .loopback, isFor(interface, header.destination),
      !isToMany || header.destination.isMulticast
    else { return }
    let whole = bytes.extracting(0..<header.payload.upperBound)
    let chain = IPv6HeaderChain(
      whole, header.nextHeader, isToGroup: header.destination.isMulticast)
    let packet = IncomingPacket(interface, whole, isVerified: checksum != .inFrame)
    guard case .fragment(let fragment, let offset) = chain.end else {
      return receive(packet, header, chain, at: now)
    }
    let rest = IPv6HeaderChain(
      whole, from: offset, fragment.nextHeader, namedAt: offset - IPv6FragmentHeader.size,
      isToGroup: header.destination.isMulticast)
    if fragment.isWhole {
      return receive(packet, header, rest, at: now)
    }
    if fragment.offset == 0 {
      // What follows must tell what it is (RFC 7112).
      guard case .payload(_, let start) = rest.end, whole.count - start >= 8 else {
        return refuse(
          packet,
          .parameterProblem(code: IPv6HeaderChain.Problem.incompleteChain.rawValue, offset: 0),
          at: now)
      }
    }
    collect(fragment, at: offset, of: packet, header, at: now)
  }

  /// Whether packets to an address are this host's.
  private func isFor(_ interface: Interface, _ destination: IPv6Address) -> Bool {
    destination.isMulticast
      ? interface.ipv6?.listens(to: destination) == true
      : interface.ipv6?.has(destination) == true
  }

  /// Takes a fragment, and the packet once that is whole (RFC 8200, section 4.5).
  private func collect(
    _ fragment: IPv6FragmentHeader, at offset: Int, of packet: borrowing IncomingPacket,
    _ header: IPv6Header, at now: Instant
  ) {
    let part = Reassembly.Fragment(
      source: .v6(header.source), destination: .v6(header.destination),
      payloadProtocol: fragment.nextHeader, identification: fragment.identification,
      offset: fragment.offset, moreFragments: fragment.moreFragments)
    let outcome = reassembly.insert(
      part, packet.bytes, payload: offset..<packet.bytes.count, at: now)
    let field = IPv6HeaderChain.Problem.field.rawValue
    switch outcome {
    case .incomplete, .dropped: return
    case .unaligned:
      refuse(packet, .parameterProblem(code: field, offset: 4), at: now)
    case .tooLarge:
      let place = offset - IPv6FragmentHeader.size + 2
      refuse(packet, .parameterProblem(code: field, offset: UInt32(place)), at: now)
    case .complete(let whole):
      var header = header
      header.nextHeader = whole.payloadProtocol
      header.payloadLength = whole.payload.count
      let bytes = [UInt8](size: IPv6Header.size + whole.payload.count) { bytes in
        header.emit(into: &bytes)
        bytes.update(from: whole.payload.span, at: IPv6Header.size)
      }
      let chain = IPv6HeaderChain(
        bytes.span, header.nextHeader, isToGroup: header.destination.isMulticast)
      receive(
        IncomingPacket(packet.interface, bytes.span, isVerified: false), header, chain, at: now)
    }
  }

  /// Takes a packet that is whole.
  private func receive(
    _ packet: borrowing IncomingPacket, _ header: IPv6Header, _ chain: IPv6HeaderChain,
    at now: Instant
  ) {
    switch chain.end {
    case .dropped, .fragment: return
    case .problem(let problem, let offset):
      refuse(
        packet, .parameterProblem(code: problem.rawValue, offset: UInt32(offset)),
        evenToGroup: problem == .option, at: now)
    case .payload(let payloadProtocol, let offset):
      let envelope = PseudoHeader(
        source: .v6(header.source), destination: .v6(header.destination),
        payloadProtocol: payloadProtocol)
      deliver(packet, packet.bytes.extracting(offset...), envelope, header, chain, at: now)
    }
  }

  private func deliver(
    _ packet: borrowing IncomingPacket, _ payload: Span<UInt8>, _ envelope: PseudoHeader,
    _ header: IPv6Header, _ chain: IPv6HeaderChain, at now: Instant
  ) {
    let isOwn = !header.destination.isMulticast
    switch envelope.payloadProtocol {
    case .icmpv6:
      guard packet.isVerified || envelope.verifies(payload) else { return }
      receiveICMPv6(payload, header, on: packet.interface, at: now)
    case .tcp:
      guard isOwn, header.source != .unspecified,
        packet.isVerified || envelope.verifies(payload)
      else { return }
      receiveTCP(payload, envelope, on: packet.interface, at: now)
    case .udp:
      guard header.source != .unspecified else { return }
      if !receiveUDP(payload, envelope, isVerified: packet.isVerified, at: now) {
        refuse(packet, .unreachable(.port), at: now)
      }
    case .noPayload: return
    default:
      refuse(
        packet,
        .parameterProblem(
          code: IPv6HeaderChain.Problem.nextHeader.rawValue,
          offset: UInt32(chain.nextHeaderOffset)), at: now)
    }
  }
}
