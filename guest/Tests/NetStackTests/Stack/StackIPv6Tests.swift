// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire
import Testing

@testable import NetStack

private let second: UInt64 = 1_000_000_000

/// Two hosts with addresses of version 6.
struct StackIPv6Tests {
  private let link: StackLink
  private let oneAddress = IPv6Address(high: 0x2001_0db8 << 32, low: 1)
  private let otherAddress = IPv6Address(high: 0x2001_0db8 << 32, low: 2)

  init() throws {
    link = try StackLink()
    for (host, address) in [(link.one, oneAddress), (link.other, otherAddress)] {
      host.stack.enableIPv6(host.interface, isAutomatic: false, at: link.now)
      let prefix = try #require(IPv6Prefix(address: address, length: 64))
      host.stack.add(prefix, to: host.interface, at: link.now)
    }
    link.advance(byNanoseconds: 2 * second)
  }

  /// Hands a packet of version 6 to the other host, as from the first one.
  private func inject(_ payload: [UInt8], _ next: IPProtocol, to: IPv6Address? = nil) {
    let packet = packet(payload, next, to: to ?? otherAddress)
    _ = link.other.interface.neighbors.heard(
      .v6(oneAddress), link.one.interface.mac, at: link.now)
    link.other.stack.receive(packet.span, on: link.other.interface, at: link.now)
  }

  private func packet(_ payload: [UInt8], _ next: IPProtocol, to: IPv6Address) -> [UInt8] {
    let ethernet = EthernetHeader(
      destination: to.isMulticast ? MACAddress(group: to) : link.other.interface.mac,
      source: link.one.interface.mac, type: .ipv6)
    let header = IPv6Header(
      source: oneAddress, destination: to, nextHeader: next, payloadLength: payload.count)
    return [UInt8](capacity: 54 + payload.count) { bytes in
      bytes.append(count: 14) { ethernet.emit(into: &$0) }
      bytes.append(count: 40) { header.emit(into: &$0) }
      bytes.append(copyOf: payload.span)
    }
  }

  /// The error that the other host sends now.
  private func sentError() throws -> ICMPError? {
    while let frame = link.nextFrame(of: link.other) {
      let packet = Array(frame.dropFirst(14))
      guard let header = IPv6Header(packet.span) else { continue }
      let message = Array(packet[header.payload])
      if let error = ICMPError(v6: message.span), header.destination == oneAddress {
        return error
      }
    }
    return nil
  }

  @Test func connectionsCross() throws {
    let queue = try link.other.stack.listen(port: 80)
    let client = try link.one.stack.connect(
      to: SocketAddress(.v6(otherAddress), port: 80), at: link.now)
    link.settle()
    let server = try #require(queue.accept())
    #expect(client.flow.local.address == .v6(oneAddress))
    let sent = client.write(([1, 2, 3] as [UInt8]).span, at: link.now)
    link.one.stack.schedule(client)
    link.settle()
    #expect(sent == 3)
    #expect(server.readable == 3)
  }

  @Test func datagramsCrossInFragments() throws {
    let server = try link.other.stack.openUDP(port: 53)
    let client = try link.one.stack.openUDP(port: 0)
    let remote = SocketAddress(.v6(otherAddress), port: 53)
    try link.one.stack.send(([1] as [UInt8]).span, to: remote, from: client)
    link.settle()
    #expect(try #require(server.receive()).payload == [1])
    let large = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 * 3) }
    try link.one.stack.send(large.span, to: remote, from: client)
    link.settle()
    #expect(try #require(server.receive()).payload == large)
    #expect(link.frames.allSatisfy { $0.count <= 1514 })
  }

  @Test func aPortThatNobodyHasIsRefused() throws {
    let client = try link.one.stack.openUDP(port: 0)
    let remote = SocketAddress(.v6(otherAddress), port: 54)
    try link.one.stack.send(([1] as [UInt8]).span, to: remote, from: client)
    link.settle()
    let failure = client.takeFailure()
    #expect(failure?.remote == remote)
    #expect(failure?.error == .refused)
    #expect(client.takeFailure() == nil)
  }

  @Test func linkLocalAddressesReachTheLink() throws {
    let address = try #require(link.other.interface.ipv6?.linkLocal)
    let server = try link.other.stack.openUDP(port: 53)
    let client = try link.one.stack.openUDP(port: 0)
    let remote = SocketAddress(.v6(address), port: 53)
    try link.one.stack.send(([1] as [UInt8]).span, to: remote, from: client)
    link.settle()
    let question = try #require(server.receive())
    #expect(question.source.address == link.one.interface.ipv6?.linkLocal.map(IPAddress.v6))
    try link.other.stack.send(
      ([2] as [UInt8]).span, to: question.source, from: server, source: question.destination)
    link.settle()
    #expect(client.receive()?.payload == [2])
  }

  @Test func aSecondHostOfTheSameAddressGetsNone() throws {
    let prefix = try #require(IPv6Prefix(address: oneAddress, length: 64))
    link.other.stack.add(prefix, to: link.other.interface, at: link.now)
    link.advance(byNanoseconds: 2 * second)
    let states = link.other.interface.ipv6Addresses.filter { $0.address == oneAddress }.map(\.state)
    #expect(states == [.duplicate])
    #expect(link.one.interface.ipv6?.has(oneAddress) == true)
  }

  @Test func anUnknownHeaderIsAProblem() throws {
    inject([1, 2, 3, 4, 5, 6, 7, 8], IPProtocol(rawValue: 200))
    #expect(try sentError() == ICMPError(.parameterProblem(code: 1, offset: 6)))
  }

  @Test func anUnknownOptionIsAProblem() throws {
    inject([59, 0, 0x80, 4, 0, 0, 0, 0], .destinationOptions)
    #expect(try sentError() == ICMPError(.parameterProblem(code: 2, offset: 42)))
  }

  @Test func aFragmentOfAnOddSizeIsAProblem() throws {
    inject([17, 0, 0, 9, 0, 0, 0, 7] + [UInt8](repeating: 0, count: 9), .fragment)
    #expect(try sentError() == ICMPError(.parameterProblem(code: 0, offset: 4)))
  }

  @Test func missingFragmentsAreTold() throws {
    inject([17, 0, 0, 1, 0, 0, 0, 7] + [UInt8](repeating: 0, count: 16), .fragment)
    link.now = link.now.advanced(byNanoseconds: 61 * second)
    link.other.stack.tick(at: link.now)
    #expect(try sentError() == ICMPError(.fragmentsExceeded))
  }

  @Test func errorsAreFew() throws {
    for _ in 0..<1000 {
      inject([1, 2, 3, 4, 5, 6, 7, 8], IPProtocol(rawValue: 200))
    }
    var count = 0
    while try sentError() != nil {
      count += 1
    }
    #expect((1...50).contains(count))
  }

  @Test func noErrorAnswersAnError() throws {
    var message = [UInt8](repeating: 0, count: 60)
    message[0] = 1
    var options: [UInt8] = [58, 0, 0x80, 4, 0, 0, 0, 0]
    options += message
    inject(options, .destinationOptions)
    let groups = otherAddress.solicitedNode
    inject([1, 2, 3, 4, 5, 6, 7, 8], IPProtocol(rawValue: 200), to: groups)
    // (An unknown option is a problem even when it comes to a group, but not for that message.)
    #expect(try sentError() == nil)
  }

  @Test func smallerPathsMakeSmallerSegments() throws {
    let queue = try link.other.stack.listen(port: 80)
    let client = try link.one.stack.connect(
      to: SocketAddress(.v6(otherAddress), port: 80), at: link.now)
    link.settle()
    let server = try #require(queue.accept())
    // A router on the way that carries 1400 bytes.
    link.passes = { [link, otherAddress, oneAddress] frame in
      guard frame.count > 1414 else { return true }
      let quote = Array(frame[14..<14 + 1232])
      let message = [UInt8](size: 1240) { bytes in
        bytes.update(from: quote.span, at: 8)
        ICMPError(.tooBig(mtu: 1400)).emit6(
          into: &bytes, source: otherAddress, destination: oneAddress)
      }
      let ethernet = EthernetHeader(
        destination: link.one.interface.mac, source: link.other.interface.mac, type: .ipv6)
      let header = IPv6Header(
        source: otherAddress, destination: oneAddress, nextHeader: .icmpv6, payloadLength: 1240)
      let bytes = [UInt8](capacity: 1294) { bytes in
        bytes.append(count: 14) { ethernet.emit(into: &$0) }
        bytes.append(count: 40) { header.emit(into: &$0) }
        bytes.append(copyOf: message.span)
      }
      link.one.stack.receive(bytes.span, on: link.one.interface, at: link.now)
      return false
    }
    let much = [UInt8](repeating: 7, count: 20_000)
    _ = client.write(much.span, at: link.now)
    link.one.stack.schedule(client)
    link.advance(byNanoseconds: second / 10)
    #expect(server.readable == much.count)
    #expect(link.one.stack.pathMTUs.count == 1)
  }
}
