// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

@testable import NetStack

/// Addresses of version 4 that are tried out (RFC 5227).
struct StackProbeTests {
  private let link: StackLink
  private let address = IPv4Address(rawValue: 0x0a00_0009)

  init() throws {
    link = try StackLink()
    link.one.stack.configure(link.one.interface, nil, gateway: nil)
  }

  /// An address that the other host has.
  private func give(_ address: IPv4Address) {
    link.other.stack.configure(
      link.other.interface, IPv4Prefix(address: address, length: 24), gateway: nil)
  }

  private func probe() -> Bool {
    link.one.stack.probe(address, on: link.one.interface)
    link.settle()
    return link.one.interface.takeConflict()
  }

  /// Section 2.1.1: from nobody, so that no cache learns a wrong address.
  @Test func probeComesFromNobody() throws {
    #expect(!probe())
    let frame = try #require(link.frames.first)
    let read = ARPPacket(frame.span.extracting(14...))
    let packet = try #require(read)
    #expect(frame.prefix(6).allSatisfy { $0 == 0xff })
    #expect(packet.operation == .request)
    #expect(packet.senderProtocol == .unspecified)
    #expect(packet.targetProtocol == address)
    #expect(packet.targetHardware == .unspecified)
  }

  @Test func whoHasTheAddressAnswers() {
    give(address)
    #expect(probe())
    #expect(!link.one.interface.takeConflict(), "it is told once")
  }

  @Test func whoTriesItOutTooIsInConflict() {
    link.other.stack.configure(link.other.interface, nil, gateway: nil)
    #expect(!probe())
    link.other.stack.probe(address, on: link.other.interface)
    link.settle()
    #expect(link.one.interface.takeConflict())
    #expect(link.other.interface.takeConflict() == false, "nobody has it")
  }

  @Test func ownProbeThatComesBackIsNoConflict() throws {
    #expect(!probe())
    let frame = try #require(link.frames.first)
    link.one.stack.receive(frame.span, on: link.one.interface, at: link.now)
    #expect(!link.one.interface.takeConflict())
  }

  @Test func otherAddressesAreNoConflict() {
    #expect(!probe())
    link.other.stack.announce(link.other.interface)
    link.settle()
    #expect(!link.one.interface.takeConflict())
  }

  /// Section 2.3: who knew another station sends to this one.
  @Test func announcementReplacesTheStation() throws {
    give(IPv4Address(rawValue: 0x0a00_0002))
    let old = MACAddress([2, 0, 0, 0, 0, 0x77])
    _ = link.other.interface.neighbors.heard(.v4(address), old, at: link.now)
    link.one.stack.configure(
      link.one.interface, IPv4Prefix(address: address, length: 24), gateway: nil)
    link.one.stack.announce(link.one.interface)
    link.settle()
    let station = link.other.interface.neighbors.lookup(.v4(address), at: link.now)
    #expect(station == .reachable(link.one.interface.mac))
  }

  @Test(arguments: [(1400, 1400), (9000, 1500), (68, 552)])
  func packetsAreAsLargeAsTheNetworkTakes(told: Int, used: Int) throws {
    let prefix = try #require(IPv4Prefix("10.0.0.9/24"))
    link.one.stack.configure(link.one.interface, prefix, gateway: nil, mtu: told)
    let path = try #require(link.one.stack.path(to: .v4(link.other.address)))
    #expect(link.one.stack.mtu(path, to: .v4(link.other.address)) == used)
    link.one.stack.configure(link.one.interface, prefix, gateway: nil)
    #expect(link.one.stack.mtu(path, to: .v4(link.other.address)) == 1500)
  }
}
