// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

private let one = IPv6Address(high: 0x2001_0db8_0000_0000, low: 1)
private let other = IPv6Address(high: 0x2001_0db8_0000_0000, low: 2)

struct IPv6HeaderTests {
  private var header: IPv6Header {
    var header = IPv6Header(source: one, destination: other, nextHeader: .udp, payloadLength: 8)
    header.trafficClass = 0xb8
    header.flowLabel = 0xabcde
    return header
  }

  @Test func emitsItsFieldsInOrder() {
    let bytes = emitted(40) { header.emit(into: &$0) }
    #expect(bytes.prefix(8) == [0x6b, 0x8a, 0xbc, 0xde, 0, 8, 17, 64])
    #expect(bytes[8..<12] == [0x20, 0x01, 0x0d, 0xb8])
    #expect(bytes[39] == 2)
  }

  @Test func readsBackWhatItEmits() throws {
    let bytes = emitted(50) { header.emit(into: &$0) }
    let read = try #require(parsed(bytes, as: IPv6Header.init(_:)))
    #expect(read == header)
    #expect(read.payload == 40..<48)
    #expect(read.description == "2001:db8::1 > 2001:db8::2 next header 17 length 8")
  }

  @Test(arguments: [0, 1, 39, 40, 47]) func readRejectsAPacket(of count: Int) {
    let bytes = emitted(48) { header.emit(into: &$0) }
    #expect(parsed(Array(bytes.prefix(count)), as: IPv6Header.init(_:)) == nil)
  }

  @Test func readRejectsAnotherVersion() {
    var bytes = emitted(48) { header.emit(into: &$0) }
    bytes[0] = 0x45
    #expect(parsed(bytes, as: IPv6Header.init(_:)) == nil)
  }

  @Test func fragmentHeaderReadsBackWhatItEmits() {
    let header = IPv6FragmentHeader(
      nextHeader: .udp, offset: 1232, moreFragments: true, identification: 0xdead_beef)
    let bytes = emitted(8) { header.emit(into: &$0) }
    #expect(bytes == [17, 0, 0x04, 0xd1, 0xde, 0xad, 0xbe, 0xef])
    #expect(parsed(bytes, as: IPv6FragmentHeader.init) == header)
    #expect(parsed(Array(bytes.prefix(7)), as: IPv6FragmentHeader.init) == nil)
  }
}

/// Where the headers `headers`, behind an IPv6 header that names `first`, lead to.
private func chain(
  _ first: IPProtocol, _ headers: [UInt8], isToGroup: Bool = false
) -> IPv6HeaderChain {
  let header = IPv6Header(
    source: one, destination: other, nextHeader: first, payloadLength: headers.count)
  let packet = emitted(40) { header.emit(into: &$0) } + headers
  return IPv6HeaderChain(packet.span, first, isToGroup: isToGroup)
}

struct IPv6HeaderChainTests {
  @Test func aPayloadFollowsAtOnce() {
    let chain = chain(.tcp, [1, 2, 3])
    #expect(chain.end == .payload(.tcp, offset: 40))
    #expect(chain.nextHeaderOffset == 6)
  }

  @Test func walksThroughOptionsAndRouting() {
    let hopByHop: [UInt8] = [60, 0, 5, 2, 0, 0, 1, 0]
    let options: [UInt8] = [43, 1, 1, 12] + [UInt8](repeating: 0, count: 12)
    let routing: [UInt8] = [17, 0, 4, 0, 0, 0, 0, 0]
    let chain = chain(.hopByHopOptions, hopByHop + options + routing + [9, 9])
    #expect(chain.end == .payload(.udp, offset: 72))
    #expect(chain.nextHeaderOffset == 64)
  }

  @Test func stopsAtAFragment() {
    let header = IPv6FragmentHeader(
      nextHeader: .udp, offset: 8, moreFragments: false, identification: 7)
    #expect(chain(.fragment, [17, 0, 0, 8, 0, 0, 0, 7]).end == .fragment(header, offset: 48))
  }

  @Test func hopByHopOptionsComeFirstOnly() {
    let bytes: [UInt8] = [0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0]
    #expect(chain(.destinationOptions, bytes).end == .problem(.nextHeader, offset: 40))
    #expect(chain(.hopByHopOptions, bytes).end == .problem(.nextHeader, offset: 40))
  }

  @Test(arguments: [0, 2, 3, 77] as [UInt8]) func aRouteThroughHereIsRefused(type: UInt8) {
    #expect(chain(.routing, [17, 0, type, 1, 0, 0, 0, 0]).end == .problem(.field, offset: 42))
    #expect(chain(.routing, [17, 0, type, 0, 0, 0, 0, 0]).end == .payload(.udp, offset: 48))
  }

  @Test func unknownOptionsSayWhatToDo() {
    func end(_ type: UInt8, isToGroup: Bool) -> IPv6HeaderChain.End {
      chain(.destinationOptions, [17, 0, 1, 0, type, 2, 0, 0], isToGroup: isToGroup).end
    }
    #expect(end(0x1e, isToGroup: false) == .payload(.udp, offset: 48))
    #expect(end(0x5e, isToGroup: false) == .dropped)
    #expect(end(0x9e, isToGroup: false) == .problem(.option, offset: 44))
    #expect(end(0x9e, isToGroup: true) == .problem(.option, offset: 44))
    #expect(end(0xde, isToGroup: false) == .problem(.option, offset: 44))
    #expect(end(0xde, isToGroup: true) == .dropped)
  }

  @Test(
    arguments: [
      [17], [17, 0, 1, 4, 0, 0, 0], [17, 1, 1, 4, 0, 0, 0, 0], [17, 0, 1, 5, 0, 0, 0, 0],
      [17, 0, 0, 0, 0, 0, 0, 1],
    ] as [[UInt8]])
  func whatIsNotWholeIsDropped(options: [UInt8]) {
    #expect(chain(.destinationOptions, options).end == .dropped)
  }

  @Test func theWayIsBounded() {
    let headers = [[UInt8]](repeating: [60, 0, 1, 4, 0, 0, 0, 0], count: 100)
    #expect(chain(.destinationOptions, headers.flatMap { $0 }).end == .dropped)
  }
}
