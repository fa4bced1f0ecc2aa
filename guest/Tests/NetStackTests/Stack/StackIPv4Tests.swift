// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire
import Testing

@testable import NetStack

private let second: UInt64 = 1_000_000_000

/// What IPv4 does besides carrying what fits into a frame.
struct StackIPv4Tests {
  private let link: StackLink

  init() throws {
    link = try StackLink()
  }

  private func send(
    _ payload: [UInt8], to address: IPv4Address, port: UInt16, from endpoint: UDPEndpoint
  ) throws {
    try link.one.stack.send(
      payload.span, to: SocketAddress(.v4(address), port: port), from: endpoint)
    link.settle()
  }

  @Test func largeDatagramsCrossInFragments() throws {
    let server = try link.other.stack.openUDP(port: 53)
    let client = try link.one.stack.openUDP(port: 0)
    try send([1], to: link.other.address, port: 53, from: client)
    _ = server.receive()
    let large = (0..<65_507).map { UInt8(truncatingIfNeeded: $0 * 3) }
    try send(large, to: link.other.address, port: 53, from: client)
    #expect(try #require(server.receive()).payload == large)
    #expect(link.frames.allSatisfy { $0.count <= 1514 })
    #expect(throws: SocketError.messageSize) {
      try send(large + [1], to: link.other.address, port: 53, from: client)
    }
  }

  @Test func aLostFragmentLosesTheDatagram() throws {
    let server = try link.other.stack.openUDP(port: 53)
    let client = try link.one.stack.openUDP(port: 0)
    link.passes = { frame in frame.count != 1514 }
    try send([UInt8](repeating: 1, count: 2000), to: link.other.address, port: 53, from: client)
    #expect(server.receive() == nil)
    link.advance(byNanoseconds: 31 * second)
    #expect(link.other.stack.reassembly.count == 0)
  }

  @Test func aPortThatNobodyHasIsRefused() throws {
    let client = try link.one.stack.openUDP(port: 0)
    try send([1], to: link.other.address, port: 54, from: client)
    let failure = try #require(client.takeFailure())
    #expect(failure.error == .refused)
    #expect(failure.remote == SocketAddress(.v4(link.other.address), port: 54))
  }

  @Test func broadcastsReachEverybody() throws {
    let server = try link.other.stack.openUDP(port: 53)
    let client = try link.one.stack.openUDP(port: 0)
    try send([1], to: .broadcast, port: 53, from: client)
    try send([2], to: IPv4Address(rawValue: 0x0a00_00ff), port: 53, from: client)
    // To whom it may concern, there is no refusal.
    try send([3], to: .broadcast, port: 54, from: client)
    #expect(server.receive()?.payload == [1])
    #expect(server.receive()?.payload == [2])
    #expect(client.takeFailure() == nil)
  }

  @Test func groupsAreReceivedByTheirMembers() throws {
    let group = IPv4Address(rawValue: 0xe000_00fb)
    let server = try link.other.stack.openUDP(port: 53)
    let client = try link.one.stack.openUDP(port: 0)
    try send([1], to: group, port: 53, from: client)
    #expect(server.receive() == nil)
    try link.other.stack.join(.v4(group), server, at: link.now)
    link.settle()
    let report = try #require(link.frames.last)
    #expect(report[14..<16] == [0x46, 0])
    #expect(report[38] == 0x22)
    try send([2], to: group, port: 53, from: client)
    #expect(server.receive()?.payload == [2])
    link.other.stack.leave(.v4(group), server, at: link.now)
    try send([3], to: group, port: 53, from: client)
    #expect(server.receive() == nil)
  }

  @Test func theLongestRouteIsTaken() throws {
    let stack = link.one.stack
    let gateway = IPv4Address(rawValue: 0x0a00_0009)
    stack.configure(link.one.interface, link.one.interface.ipv4, gateway: gateway)
    let second = stack.addInterface(mac: link.one.interface.mac, mtu: 1500, offloads: [])
    stack.configure(second, IPv4Prefix("10.0.1.1/24"), gateway: nil)
    let prefix = try #require(IPv4Prefix("10.9.0.0/16"))
    stack.addRoute(to: .v4(prefix), by: IPAddress("10.0.1.7"), on: second)
    func hop(_ text: String) throws -> String? {
      stack.path(to: try #require(IPAddress(text)))?.nextHop.description
    }
    #expect(try hop("10.0.0.5") == "10.0.0.5")
    #expect(try hop("10.0.1.5") == "10.0.1.5")
    #expect(try hop("10.9.1.5") == "10.0.1.7")
    #expect(try hop("1.2.3.4") == "10.0.0.9")
    stack.configure(link.one.interface, nil, gateway: nil)
    #expect(try hop("1.2.3.4") == nil)
    #expect(try hop("10.9.1.5") == "10.0.1.7")
  }

  @Test func aVirtualNetworkTagsItsFrames() throws {
    let prefix = IPv4Prefix("10.5.0.1/24")
    let stack = Stack(key: SipHash.Key(low: 1, high: 2))
    let interface = stack.addInterface(
      mac: link.one.interface.mac, mtu: 1500, offloads: [], vlan: 7)
    stack.configure(interface, prefix, gateway: nil)
    let host = StackLink.Host(
      stack: stack, interface: interface, address: IPv4Address(rawValue: 0x0a05_0001))
    let endpoint = try stack.openUDP(port: 0)
    let remote = SocketAddress(.v4(IPv4Address(rawValue: 0x0a05_0002)), port: 53)
    try stack.send(([1] as [UInt8]).span, to: remote, from: endpoint)
    let question = try #require(link.nextFrame(of: host))
    #expect(question[12..<18] == [0x81, 0, 0, 7, 8, 6])
    // The answer has to have the tag, too.
    let packetRead = ARPPacket(question.span.extracting(18...))
    let packet = try #require(packetRead)
    let answer = [UInt8](size: 28) { bytes in
      packet.reply(from: link.other.interface.mac).emit(into: &bytes)
    }
    let ethernet = EthernetHeader(
      destination: interface.mac, source: link.other.interface.mac, type: .arp)
    let plain = [UInt8](size: 14) { ethernet.emit(into: &$0) } + answer
    stack.receive(plain.span, on: interface, at: link.now)
    #expect(link.nextFrame(of: host) == nil)
    let tagged = Array(plain.prefix(12)) + [0x81, 0, 0, 7, 8, 6] + answer
    stack.receive(tagged.span, on: interface, at: link.now)
    #expect(try #require(link.nextFrame(of: host))[12..<18] == [0x81, 0, 0, 7, 8, 0])
  }

  @Test func smallerPathsMakeSmallerPackets() throws {
    let client = try link.one.stack.openUDP(port: 0)
    let server = try link.other.stack.openUDP(port: 53)
    var told = false
    link.passes = { [link] frame in
      guard frame.count > 1014 else { return true }
      let quote = Array(frame[14..<42])
      let message = [UInt8](size: 36) { bytes in
        bytes.update(from: quote.span, at: 8)
        ICMPError(.tooBig(mtu: 1000)).emit4(into: &bytes)
      }
      let header = IPv4Header(
        source: link.other.address, destination: link.one.address, payloadProtocol: .icmp,
        payloadLength: 36)
      let ethernet = EthernetHeader(
        destination: link.one.interface.mac, source: link.other.interface.mac, type: .ipv4)
      let bytes = [UInt8](capacity: 70) { bytes in
        bytes.append(count: 14) { ethernet.emit(into: &$0) }
        bytes.append(count: 20) { header.emit(into: &$0) }
        bytes.append(copyOf: message.span)
      }
      link.one.stack.receive(bytes.span, on: link.one.interface, at: link.now)
      told = true
      return false
    }
    let payload = [UInt8](repeating: 9, count: 1400)
    try send(payload, to: link.other.address, port: 53, from: client)
    #expect(told)
    #expect(server.receive() == nil)
    try send(payload, to: link.other.address, port: 53, from: client)
    #expect(server.receive()?.payload == payload)
  }
}
