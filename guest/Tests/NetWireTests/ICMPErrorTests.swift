// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

private let one = IPv6Address(high: 0xfe80 << 48, low: 1)
private let other = IPv6Address(high: 0xfe80 << 48, low: 2)

struct ICMPErrorTests {
  static let kinds: [ICMPError.Kind] = [
    .unreachable(.network), .unreachable(.host), .unreachable(.port), .unreachable(.prohibited),
    .unreachable(.other(12)), .tooBig(mtu: 1280), .hopsExceeded, .fragmentsExceeded,
    .parameterProblem(code: 0, offset: 40),
  ]

  @Test(arguments: kinds) func readsBackWhatItEmits(kind: ICMPError.Kind) {
    let message = ICMPError(kind)
    let bytes4 = emitted(36) { message.emit4(into: &$0) }
    #expect(parsed(bytes4, as: ICMPError.init(v4:)) == message)
    let bytes6 = emitted(36) { message.emit6(into: &$0, source: one, destination: other) }
    #expect(parsed(bytes6, as: ICMPError.init(v6:)) == message)
    let envelope = PseudoHeader(
      source: .v6(one), destination: .v6(other), payloadProtocol: .icmpv6)
    #expect(parsed(bytes6) { envelope.verifies($0) ? true : nil } == true)
  }

  @Test func emitsTheFieldsOfTheRFC() {
    let tooBig = emitted(8) { ICMPError(.tooBig(mtu: 1400)).emit4(into: &$0) }
    #expect(tooBig == [3, 4, 0xf7, 0x83, 0, 0, 0x05, 0x78])
    let problem = emitted(8) {
      ICMPError(.parameterProblem(code: 0, offset: 9)).emit4(into: &$0)
    }
    #expect(problem[4] == 9)
    let prohibited = emitted(8) {
      ICMPError(.unreachable(.prohibited)).emit6(into: &$0, source: one, destination: other)
    }
    #expect(prohibited.prefix(2) == [1, 1])
  }

  @Test(arguments: 0..<8) func readRejectsAMessage(of count: Int) {
    let bytes = emitted(8) { ICMPError(.hopsExceeded).emit4(into: &$0) }
    #expect(parsed(Array(bytes.prefix(count)), as: ICMPError.init(v4:)) == nil)
    #expect(parsed(Array(bytes.prefix(count)), as: ICMPError.init(v6:)) == nil)
  }

  @Test func readRejectsAWrongChecksum() {
    var bytes = emitted(36) { ICMPError(.hopsExceeded).emit4(into: &$0) }
    bytes[20] ^= 1
    #expect(parsed(bytes, as: ICMPError.init(v4:)) == nil)
  }

  @Test func echoIsNoError() {
    let echo = ICMPEcho(kind: .request, identifier: 1, sequence: 2)
    let bytes = emitted(16) { echo.emit6(into: &$0, source: one, destination: other) }
    #expect(parsed(bytes, as: ICMPError.init(v6:)) == nil)
    #expect(parsed(bytes, as: ICMPEcho.init(v6:)) == echo)
    #expect(parsed(bytes, as: ICMPv6Type.init(of:)) == .echoRequest)
    #expect(echo.reply.kind == .reply)
  }
}

struct QuotedPacketTests {
  private let ports: [UInt8] = [0x12, 0x34, 0, 53, 1, 2, 3, 4]

  @Test func readsTheBeginningOfAPacketOfVersion4() throws {
    var header = IPv4Header(
      source: guestAddress, destination: hostAddress, payloadProtocol: .udp, payloadLength: 1000)
    header.identification = 5
    let bytes = emitted(20) { header.emit(into: &$0) } + ports
    let quoted = try #require(parsed(bytes, as: QuotedPacket.init(v4:)))
    #expect(quoted.source == .v4(guestAddress))
    #expect(quoted.destination == .v4(hostAddress))
    #expect(quoted.payloadProtocol == .udp)
    #expect(quoted.sourcePort == 0x1234)
    #expect(quoted.destinationPort == 53)
    #expect(quoted.sequence == 0x0102_0304)
    #expect(quoted.totalLength == 1020)
    #expect(parsed(Array(bytes.prefix(27)), as: QuotedPacket.init(v4:)) == nil)
    header.fragmentOffset = 8
    let later = emitted(20) { header.emit(into: &$0) } + ports
    #expect(parsed(later, as: QuotedPacket.init(v4:)) == nil)
  }

  @Test func readsTheBeginningOfAPacketOfVersion6() throws {
    let header = IPv6Header(
      source: one, destination: other, nextHeader: .fragment, payloadLength: 1000)
    let fragment = IPv6FragmentHeader(
      nextHeader: .udp, offset: 0, moreFragments: true, identification: 3)
    let headers =
      emitted(40) { header.emit(into: &$0) } + emitted(8) { fragment.emit(into: &$0) }
    let quoted = try #require(parsed(headers + ports, as: QuotedPacket.init(v6:)))
    #expect(quoted.payloadProtocol == .udp)
    #expect(quoted.sourcePort == 0x1234)
    #expect(quoted.totalLength == 1040)
    #expect(parsed(headers, as: QuotedPacket.init(v6:)) == nil)
    #expect(parsed(Array(headers.prefix(30)), as: QuotedPacket.init(v6:)) == nil)
  }
}
