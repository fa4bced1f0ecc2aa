// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

extension Stack {
  /// Has an interface use version 6: it makes itself a link-local address and, unless `isAutomatic` is
  /// false, addresses of what routers tell (RFC 4862). Addresses are used after it was asked
  /// `duplicateQuestions` times, a second each, whether somebody else has them.
  public func enableIPv6(
    _ interface: Interface, isAutomatic: Bool = true, duplicateQuestions: Int = 1, at now: Instant
  ) {
    clock = now
    var configuration = IPv6Configuration(
      mac: interface.mac, mtu: interface.mtu, seed: secrets.random(),
      questions: duplicateQuestions)
    configuration.start(isAutomatic: isAutomatic, at: now)
    interface.ipv6 = configuration
  }

  /// Gives an interface, which has to use version 6, another address; false when it has too many.
  @discardableResult
  public func add(_ prefix: IPv6Prefix, to interface: Interface, at now: Instant) -> Bool {
    interface.ipv6?.add(prefix, at: now) ?? false
  }

  /// Takes an address of version 6 from an interface.
  public func remove(_ address: IPv6Address, from interface: Interface, at now: Instant) {
    interface.ipv6?.remove(address, at: now)
  }

  /// Adds a way to a network, by a router or on the link of an interface.
  public func addRoute(
    to prefix: IPPrefix, by gateway: IPAddress?, on interface: Interface, metric: Int = 1
  ) {
    routes.add(
      RouteTable.Route(prefix, interface: interface.index, gateway: gateway, metric: metric))
  }

  /// Has sent what an interface has to say for the sake of its addresses and groups.
  func enqueueTasks(of interface: Interface, at now: Instant) {
    guard let deadline = interface.deadline, deadline <= now else { return }
    while let report = interface.groups4.nextReport(limit: IGMPMessage.groupLimit, at: now) {
      enqueue4(report, on: interface)
    }
    while let task = interface.ipv6?.nextTask(at: now) {
      switch task {
      case .probe(let address, let nonce):
        var question = NeighborSolicitation(target: address)
        question.options.nonce = nonce
        solicit(question, from: .unspecified, to: address.solicitedNode, on: interface)
      case .solicitRouters: solicitRouters(on: interface)
      case .report(let report): enqueue6(report, on: interface)
      }
    }
  }

  /// Asks for a neighbor: the station that it was, or all that may be.
  func solicit(
    _ question: NeighborCache.Solicitation, _ target: IPv6Address, on interface: Interface
  ) {
    guard let source = interface.ipv6?.source(for: target) else { return }
    var message = NeighborSolicitation(target: target)
    message.options.sourceHardware = interface.mac
    let destination = question.hardware == nil ? target.solicitedNode : target
    solicit(message, from: source, to: destination, station: question.hardware, on: interface)
  }

  private func solicit(
    _ message: NeighborSolicitation, from source: IPv6Address, to destination: IPv6Address,
    station: MACAddress? = nil, on interface: Interface
  ) {
    let bytes = [UInt8](size: message.encodedSize) { bytes in
      message.emit(into: &bytes, source: source, destination: destination)
    }
    enqueueOnLink(bytes, from: source, to: destination, station: station, on: interface)
  }

  private func solicitRouters(on interface: Interface) {
    let source = interface.ipv6?.linkLocal
    var message = RouterSolicitation()
    message.options.sourceHardware = source == nil ? nil : interface.mac
    let bytes = [UInt8](size: message.encodedSize) { bytes in
      message.emit(into: &bytes, source: source ?? .unspecified, destination: .allRouters)
    }
    enqueueOnLink(bytes, from: source ?? .unspecified, to: .allRouters, on: interface)
  }

  /// Sends a message to a station of the link, which is known, or to a group.
  private func enqueueOnLink(
    _ payload: [UInt8], from source: IPv6Address, to destination: IPv6Address,
    station: MACAddress? = nil, on interface: Interface
  ) {
    var header = IPv6Header(
      source: source, destination: destination, nextHeader: .icmpv6,
      payloadLength: payload.count)
    header.hopLimit = Self.linkHopLimit
    let bytes = [UInt8](size: IPv6Header.size + payload.count) { bytes in
      header.emit(into: &bytes)
      bytes.update(from: payload.span, at: IPv6Header.size)
    }
    interface.enqueue(
      OutgoingPacket(
        destination: .station(station ?? MACAddress(group: destination)), type: .ipv6,
        bytes: bytes))
  }
}
