// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension Stack {
  /// The hop limit of messages that no router has passed on (RFC 4861, section 11.2).
  static let linkHopLimit: UInt8 = 255

  /// Takes a message with a right checksum.
  func receiveICMPv6(
    _ message: Span<UInt8>, _ header: IPv6Header, on interface: Interface, at now: Instant
  ) {
    guard let type = ICMPv6Type(of: message) else { return }
    let isOfLink = header.hopLimit == Self.linkHopLimit
    switch type {
    case .echoRequest: answerEcho(message, header, on: interface)
    case .neighborSolicitation where isOfLink:
      receiveSolicitation(message, header, on: interface, at: now)
    case .neighborAdvertisement where isOfLink:
      receiveAdvertisement(message, header, on: interface, at: now)
    case .routerAdvertisement where isOfLink && header.source.isLinkLocal:
      receiveRouter(message, header, on: interface, at: now)
    case .listenerQuery where header.hopLimit == 1 && header.source.isLinkLocal:
      if let query = ListenerQuery(message) {
        interface.ipv6?.handle(query, at: now)
      }
    default:
      guard type.isError, let error = ICMPError(v6: message),
        let quoted = QuotedPacket(v6: message.extracting(ICMPError.size...))
      else { return }
      handle(error, about: quoted, at: now)
    }
  }

  /// Answers an echo request, also one to a group (RFC 4443, section 4.2).
  private func answerEcho(_ message: Span<UInt8>, _ header: IPv6Header, on interface: Interface) {
    let own = interface.ipv6?.source(for: header.source)
    guard let echo = ICMPEcho(v6: message), header.source != .unspecified,
      let source = header.destination.isMulticast ? own : header.destination
    else { return }
    var bytes = [UInt8](copying: message)
    var span = bytes.mutableSpan
    echo.reply.emit6(into: &span, source: source, destination: header.source)
    send(bytes, .icmpv6, to: .v6(header.source), from: .v6(source))
  }

  /// Answers a question for an address of this host (RFC 4861, section 7.2.3).
  private func receiveSolicitation(
    _ message: Span<UInt8>, _ header: IPv6Header, on interface: Interface, at now: Instant
  ) {
    guard let question = NeighborSolicitation(message) else { return }
    let isProbe = header.source == .unspecified
    if isProbe {
      guard header.destination == question.target.solicitedNode,
        question.options.sourceHardware == nil
      else { return }
      interface.ipv6?.handleProbe(question, at: now)
    }
    guard interface.ipv6?.has(question.target) == true else { return }
    if !isProbe, let hardware = question.options.sourceHardware {
      let waiting = interface.neighbors.heard(.v6(header.source), hardware, at: now)
      interface.send(waiting, type: .ipv6, to: hardware)
    }
    var answer = NeighborAdvertisement(target: question.target)
    answer.isSolicited = !isProbe
    answer.isOverride = true
    answer.options.targetHardware = interface.mac
    let destination = isProbe ? .allNodes : header.source
    let bytes = [UInt8](size: answer.encodedSize) { bytes in
      answer.emit(into: &bytes, source: question.target, destination: destination)
    }
    let path = Path(interface: interface, source: .v6(question.target), nextHop: .v6(destination))
    send(
      bytes, .icmpv6, to: .v6(destination), from: path.source, by: path,
      hopLimit: Self.linkHopLimit)
  }

  /// Learns what a neighbor tells of itself (RFC 4861, section 7.2.5).
  private func receiveAdvertisement(
    _ message: Span<UInt8>, _ header: IPv6Header, on interface: Interface, at now: Instant
  ) {
    guard let news = NeighborAdvertisement(message),
      !(news.isSolicited && header.destination.isMulticast)
    else { return }
    interface.ipv6?.handleConflict(news.target, at: now)
    if interface.ipv6?.has(news.target) == true {
      return
    }
    if !news.isRouter {
      interface.ipv6?.removeRouter(news.target)
    } else if news.isSolicited {
      interface.ipv6?.note(router: news.target, isSilent: false)
    }
    guard let hardware = news.options.targetHardware else {
      // Who was asked for his own address need not repeat it.
      if news.isSolicited {
        interface.neighbors.reached(.v6(news.target), at: now)
      }
      return
    }
    let waiting = interface.neighbors.confirmed(
      .v6(news.target), hardware, solicited: news.isSolicited, override: news.isOverride, at: now)
    interface.send(waiting, type: .ipv6, to: hardware)
  }

  /// Learns what a router tells of itself and of the link (RFC 4861, section 6.3.4).
  private func receiveRouter(
    _ message: Span<UInt8>, _ header: IPv6Header, on interface: Interface, at now: Instant
  ) {
    guard let news = RouterAdvertisement(message) else { return }
    interface.ipv6?.handle(news, from: header.source, at: now)
    if news.reachableMilliseconds != 0 {
      // Not all hosts are to ask at the same time (section 6.3.2).
      let time = UInt64(min(news.reachableMilliseconds, 3_600_000)) * 1_000_000
      interface.neighbors.reachableNanoseconds = time / 2 + secrets.random() % time
    }
    if news.retransmissionMilliseconds != 0 {
      let time = UInt64(max(100, min(news.retransmissionMilliseconds, 60_000)))
      interface.neighbors.retransmissionNanoseconds = time * 1_000_000
    }
    if let hardware = news.options.sourceHardware {
      let waiting = interface.neighbors.heard(.v6(header.source), hardware, at: now)
      interface.send(waiting, type: .ipv6, to: hardware)
    }
  }
}
