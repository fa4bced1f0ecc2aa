// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
public import NetWire

extension IGMPMessage {
  /// The most groups in a report: what fits into the smallest link that is of use.
  static let groupLimit = 60
}

extension Stack {
  /// Has an endpoint receive what is sent to a group, on an interface or on the one that packets to the
  /// group would leave by.
  public func join(
    _ group: IPAddress, _ endpoint: UDPEndpoint, on interface: Interface? = nil, at now: Instant
  ) throws(SocketError) {
    guard group.isMulticast, let interface = interface ?? path(to: group)?.interface else {
      throw .unreachable
    }
    let membership = UDPEndpoint.Membership(group: group, interface: interface)
    if endpoint.memberships.contains(membership) {
      return
    }
    let isJoined =
      switch group {
      case .v4: interface.groups4.join(group, at: now)
      case .v6(let group): interface.ipv6?.join(group, at: now) ?? false
      }
    guard isJoined else { throw .full }
    endpoint.memberships.append(membership)
  }

  /// Ends `join`.
  public func leave(
    _ group: IPAddress, _ endpoint: UDPEndpoint, on interface: Interface? = nil, at now: Instant
  ) {
    endpoint.memberships.removeAll { membership in
      guard membership.group == group, interface == nil || membership.interface === interface
      else { return false }
      leave(membership, at: now)
      return true
    }
  }

  /// Takes a user of a group away.
  func leave(_ membership: UDPEndpoint.Membership, at now: Instant) {
    switch membership.group {
    case .v4: membership.interface.groups4.leave(membership.group, at: now)
    case .v6(let group): membership.interface.ipv6?.leave(group, at: now)
    }
  }

  /// Takes a router's question for groups of version 4.
  func receiveIGMP(_ message: Span<UInt8>, on interface: Interface, at now: Instant) {
    guard let message = IGMPMessage(message),
      case .query(let version, let milliseconds) = message.kind
    else { return }
    let group = message.group == .unspecified ? nil : IPAddress.v4(message.group)
    interface.groups4.handleQuery(
      for: group, isOldVersion: version < 3, limit: UInt64(milliseconds) * 1_000_000,
      random: secrets.random(), at: now)
  }

  /// Tells routers of groups of version 4 (RFC 3376, section 4.2).
  func enqueue4(_ report: GroupMembership.Report, on interface: Interface) {
    guard report.isOldVersion else {
      let message = [UInt8](size: IGMPMessage.reportSize(count: report.groups.count)) { bytes in
        IGMPMessage.emitReport(report.record, report.groups, into: &bytes)
      }
      return enqueueIGMP(message, to: IGMPMessage.reportDestination, on: interface)
    }
    let isEnd = report.record == .toInclude
    for case .v4(let group) in report.groups {
      let message = [UInt8](size: IGMPMessage.size) { bytes in
        IGMPMessage(isEnd ? .leave2 : .report2, group: group).emit(into: &bytes)
      }
      enqueueIGMP(message, to: isEnd ? IGMPMessage.allRouters : group, on: interface)
    }
  }

  private func enqueueIGMP(
    _ message: [UInt8], to destination: IPv4Address, on interface: Interface
  ) {
    let size = RouterAlert.size4 + message.count
    var header = IPv4Header(
      source: interface.ipv4?.address ?? .unspecified, destination: destination,
      payloadProtocol: .igmp, payloadLength: size)
    header.timeToLive = 1
    let bytes = [UInt8](size: header.totalLength) { bytes in
      header.emitWithRouterAlert(into: &bytes)
      bytes.update(from: message.span, at: IPv4Header.size + RouterAlert.size4)
    }
    interface.enqueue(
      OutgoingPacket(
        destination: .station(MACAddress(group: destination)), type: .ipv4, bytes: bytes))
  }

  /// Tells routers of groups of version 6 (RFC 3810, section 5.2).
  func enqueue6(_ report: GroupMembership.Report, on interface: Interface) {
    let source = interface.ipv6?.linkLocal ?? .unspecified
    guard report.isOldVersion else {
      let message = [UInt8](size: ListenerReport.size(count: report.groups.count)) { bytes in
        ListenerReport.emit(report.record, report.groups, into: &bytes, source: source)
      }
      return enqueueMLD(message, from: source, to: .allMulticastRouters, on: interface)
    }
    let isEnd = report.record == .toInclude
    for case .v6(let group) in report.groups {
      let message = [UInt8](size: ListenerQuery.size) { bytes in
        ListenerReport.emitVersion1(group, isEnd: isEnd, into: &bytes, source: source)
      }
      enqueueMLD(message, from: source, to: isEnd ? .allRouters : group, on: interface)
    }
  }

  private func enqueueMLD(
    _ message: [UInt8], from source: IPv6Address, to destination: IPv6Address,
    on interface: Interface
  ) {
    var header = IPv6Header(
      source: source, destination: destination, nextHeader: .hopByHopOptions,
      payloadLength: RouterAlert.size6 + message.count)
    header.hopLimit = 1
    let bytes = [UInt8](capacity: header.payload.upperBound) { bytes in
      bytes.append(count: IPv6Header.size) { header.emit(into: &$0) }
      bytes.append(count: RouterAlert.size6) { RouterAlert.emit6(into: &$0, nextHeader: .icmpv6) }
      bytes.append(copyOf: message.span)
    }
    interface.enqueue(
      OutgoingPacket(
        destination: .station(MACAddress(group: destination)), type: .ipv6, bytes: bytes))
  }
}
