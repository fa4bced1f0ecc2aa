// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import NetWire
import Testing

@testable import NetStack

/// Which packets of version 4 a host takes at all: pings to the second host tell.
struct StackScreeningTests {
  private let link: StackLink

  init() throws {
    link = try StackLink()
    link.other.stack.configure(
      link.other.interface, link.other.interface.ipv4, gateway: link.one.address)
  }

  /// What the second host answers to a packet of the first, without the Ethernet header.
  private func answer(
    to payload: [UInt8], _ payloadProtocol: IPProtocol = .icmp, from source: String = "10.0.0.1",
    options: [UInt8] = [], inFrameTo station: MACAddress? = nil
  ) throws -> [UInt8]? {
    _ = link.other.interface.neighbors.heard(
      .v4(link.one.address), link.one.interface.mac, at: link.now)
    let ethernet = EthernetHeader(
      destination: station ?? link.other.interface.mac, source: link.one.interface.mac,
      type: .ipv4)
    let header = IPv4Header(
      source: try #require(IPv4Address(source)), destination: link.other.address,
      payloadProtocol: payloadProtocol, payloadLength: options.count + payload.count)
    var start = [UInt8](size: 20) { header.emit(into: &$0) } + options
    start[0] = 0x40 | UInt8(start.count / 4)
    (start[10], start[11]) = (0, 0)
    var checksum = InternetChecksum()
    checksum.add(start.span)
    (start[10], start[11]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 0xff))
    let frame = [UInt8](size: 14) { ethernet.emit(into: &$0) } + start + payload
    link.other.stack.receive(frame.span, on: link.other.interface, at: link.now)
    return link.nextFrame(of: link.other).map { Array($0.dropFirst(14)) }
  }

  /// An echo request of 8 bytes.
  private let ping: [UInt8] = [8, 0, 0xf7, 0xff, 0, 0, 0, 0]

  @Test(arguments: [
    "127.0.0.1", "10.0.0.2", "10.0.0.255", "255.255.255.255", "224.0.0.1", "0.0.0.0",
  ])
  func noPacketComesFrom(source: String) throws {
    let answered = try answer(to: ping)
    #expect(answered != nil)
    let answer = try answer(to: ping, from: source)
    #expect(answer == nil)
  }

  @Test func aPacketInAFrameToManyIsForMany() throws {
    let answer = try answer(to: ping, inFrameTo: .broadcast)
    #expect(answer == nil)
  }

  @Test(arguments: [
    [1, 1, 1, 1], [0, 40, 0, 0], [0x5e, 4, 0, 0], [7, 7, 4, 0, 0, 0, 0, 0],
    [131, 7, 8, 10, 0, 0, 9, 0], [137, 7, 8, 10, 0, 0, 9, 1],
  ])
  func optionsAreSkipped(options: [UInt8]) throws {
    let answer = try answer(to: ping, options: options)
    #expect(answer != nil)
  }

  @Test(arguments: [
    [131, 7, 4, 10, 0, 0, 9, 0], [137, 7, 4, 10, 0, 0, 9, 0], [1, 131, 2, 0], [0x5e, 0, 0, 0],
    [0x5e, 1, 0, 0], [0x5e, 5, 0, 0], [1, 1, 1, 0x5e],
  ])
  func routesToElsewhereAndMalformedOptionsAreDropped(options: [UInt8]) throws {
    let answer = try answer(to: ping, options: options)
    #expect(answer == nil)
  }

  /// However short the packet is.
  @Test(arguments: [0, 7, 8])
  func anotherProtocolIsRefused(size: Int) throws {
    let payload = [UInt8](repeating: 0, count: size)
    let answer = try answer(to: payload, IPProtocol(rawValue: 99))
    let message = try #require(answer).dropFirst(20)
    #expect(message.prefix(2) == [3, 2])
    #expect(message.count == 8 + 20 + size)
  }

  /// SYN alone, with FIN, with RST.
  @Test(arguments: [2, 3, 6] as [UInt8]) func onlyAnHonestSYNOpens(bits: UInt8) throws {
    let (flags, opens) = (TCPHeader.Flags(rawValue: bits), bits == 2)
    let queue = try link.other.stack.listen(port: 80)
    let header = TCPHeader(
      sourcePort: 9, destinationPort: 80, sequence: 1, acknowledgment: 0, flags: flags, window: 9)
    let envelope = PseudoHeader(
      source: .v4(link.one.address), destination: .v4(link.other.address), payloadProtocol: .tcp)
    let segment = [UInt8](size: 20) { bytes in
      header.emit(into: &bytes)
      var sum = envelope.checksum(length: 20)
      sum.add(bytes.span)
      header.emit(into: &bytes, checksum: sum.value)
    }
    let answer = try answer(to: segment, .tcp)
    #expect((answer != nil) == opens)
    #expect(queue.halfOpenCount == (opens ? 1 : 0))
  }
}
