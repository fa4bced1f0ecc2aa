// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire
import Testing

@testable import NetStack

private let second: UInt64 = 1_000_000_000
private let router = IPv6Address(high: 0xfe80 << 48, low: 1)
private let routerStation = MACAddress([2, 0, 0, 0, 0, 0xfe])
private let far = IPv6Address(high: 0x2001_0db8_0000_00ff, low: 1)

/// A host on a link with a router that the test is.
struct StackRouterTests {
  private let link: StackLink
  private var host: StackLink.Host { link.one }

  init() throws {
    link = try StackLink()
    host.stack.enableIPv6(host.interface, at: link.now)
  }

  /// The packets of version 6 that the host sends until `nanoseconds` have passed.
  private func packets(after nanoseconds: UInt64) -> [[UInt8]] {
    let end = link.now.advanced(byNanoseconds: nanoseconds)
    var packets: [[UInt8]] = []
    while true {
      while let frame = link.nextFrame(of: host) {
        if EthernetHeader(frame.span)?.type == .ipv6 {
          packets.append(Array(frame.dropFirst(14)))
        }
      }
      guard let next = host.stack.deadline, next <= end else { break }
      link.now = max(link.now, next)
      host.stack.tick(at: link.now)
    }
    link.now = end
    return packets
  }

  /// Those of them that are reports of groups.
  private func reports(after nanoseconds: UInt64) -> [[UInt8]] {
    packets(after: nanoseconds).filter { $0[6] == 0 }
  }

  private func inject(
    _ message: [UInt8], to destination: IPv6Address, hopLimit: UInt8 = 255, checksum: Bool = true
  ) {
    var message = message
    let envelope = PseudoHeader(
      source: .v6(router), destination: .v6(destination), payloadProtocol: .icmpv6)
    var sum = envelope.checksum(length: message.count)
    sum.add(message.span)
    if checksum {
      message[2] = UInt8(sum.value >> 8)
      message[3] = UInt8(truncatingIfNeeded: sum.value)
    }
    let station =
      destination.isMulticast ? MACAddress(group: destination) : host.interface.mac
    let ethernet = EthernetHeader(destination: station, source: routerStation, type: .ipv6)
    var header = IPv6Header(
      source: router, destination: destination, nextHeader: .icmpv6, payloadLength: message.count)
    header.hopLimit = hopLimit
    let frame = [UInt8](capacity: 54 + message.count) { bytes in
      bytes.append(count: 14) { ethernet.emit(into: &$0) }
      bytes.append(count: 40) { header.emit(into: &$0) }
      bytes.append(copyOf: message.span)
    }
    host.stack.receive(frame.span, on: host.interface, at: link.now)
  }

  /// Tells of the prefix 2001:db8::/64, of an MTU of 1400 and of the router's station.
  private func advertise(hopLimit: UInt8 = 255, checksum: Bool = true) {
    let prefix: [UInt8] =
      [3, 4, 64, 0xc0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8]
      + [UInt8](repeating: 0, count: 12)
    inject(
      [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0] + [1, 1, 2, 0, 0, 0, 0, 0xfe]
        + [5, 1, 0, 0, 0, 0, 5, 0x78] + prefix,
      to: .allNodes, hopLimit: hopLimit, checksum: checksum)
  }

  @Test func comesToAnAddressAndARouter() throws {
    _ = packets(after: 2 * second)
    advertise()
    _ = packets(after: 2 * second)
    let addresses = host.interface.ipv6Addresses.map(\.address.description)
    #expect(addresses == ["fe80::ff:fe00:1", "2001:db8::ff:fe00:1"])
    #expect(host.interface.ipv6Addresses.allSatisfy { $0.state == .preferred })
    let endpoint = try host.stack.openUDP(port: 0)
    try host.stack.send(
      [UInt8](repeating: 1, count: 1380).span, to: SocketAddress(.v6(far), port: 53),
      from: endpoint)
    // It goes to the router, whose station is known, in fragments that the link carries.
    let frame = try #require(link.nextFrame(of: host))
    #expect(EthernetHeader(frame.span)?.destination == routerStation)
    #expect(frame.count <= 1414)
    let headerRead = IPv6Header(frame.span.extracting(14...))
    let header = try #require(headerRead)
    #expect(header.source.description == "2001:db8::ff:fe00:1")
    #expect(header.nextHeader == .fragment)
  }

  @Test(arguments: [(254, true), (255, false)] as [(UInt8, Bool)])
  func believesOnlyWhatComesFromTheLink(hopLimit: UInt8, checksum: Bool) {
    _ = packets(after: 2 * second)
    advertise(hopLimit: hopLimit, checksum: checksum)
    #expect(host.interface.ipv6Addresses.count == 1)
  }

  @Test func aSilentRouterIsProbedAndItsUsersAreTold() throws {
    _ = packets(after: 2 * second)
    advertise()
    _ = packets(after: 2 * second)
    let connection = try host.stack.connect(
      to: SocketAddress(.v6(far), port: 80), at: link.now)
    let sent = packets(after: 20 * second)
    let questions = sent.filter { packet in
      guard let header = IPv6Header(packet.span) else { return false }
      return NeighborSolicitation(packet.span.extracting(header.payload))?.target == router
    }
    #expect(questions.count >= 3)
    #expect(connection.state == .synSent || connection.state == .closed)
    #expect(host.interface.ipv6?.discovery.items.first?.isSilent == true)
  }

  @Test func tellsTheRouterOfGroups() throws {
    _ = packets(after: 3 * second)
    let endpoint = try host.stack.openUDP(port: 5353)
    let group = IPv6Address(high: 0xff02 << 48, low: 0xfb)
    try host.stack.join(.v6(group), endpoint, at: link.now)
    let reports = self.reports(after: 2 * second)
    #expect(reports.count == 2)
    let report = try #require(reports.first)
    let headerRead = IPv6Header(report.span)
    let header = try #require(headerRead)
    #expect(header.destination == .allMulticastRouters)
    #expect(header.hopLimit == 1)
    #expect(report[40..<48] == [58, 0, 5, 2, 0, 0, 1, 0])
    #expect(report[48] == 143)
    // A question of version 2 for everything is answered in its time.
    let query: [UInt8] = [130, 0, 0, 0, 0x03, 0xe8, 0, 0] + [UInt8](repeating: 0, count: 16)
    inject(query + [2, 125, 0, 0], to: .allNodes, hopLimit: 1)
    let answers = self.reports(after: second)
    #expect(answers.count == 1)
    host.stack.close(endpoint)
    let ends = self.reports(after: 2 * second)
    #expect(ends.count == 2)
    #expect(ends.first?[56] == 3)
  }
}
