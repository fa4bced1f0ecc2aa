// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct IPv4HeaderTests {
  /// The captured header with its payload, which is not looked at.
  let packet = capturedHeader + [UInt8](repeating: 1, count: 0x73 - 20)

  @Test func readsACapturedHeader() throws {
    let header = try #require(parsed(packet, as: IPv4Header.init))
    #expect(header.totalLength == 0x73)
    #expect(header.payload == 20..<0x73)
    #expect(header.dontFragment)
    #expect(!header.isFragment)
    #expect(header.timeToLive == 64)
    #expect(header.payloadProtocol == .udp)
    #expect(header.source.description == "192.168.0.1")
    #expect(header.destination.description == "192.168.0.199")
    #expect(header.description == "192.168.0.1 > 192.168.0.199 protocol 17 length 115")
  }

  @Test func emitsWhatItRead() throws {
    let header = try #require(parsed(packet, as: IPv4Header.init))
    #expect(emitted(20) { header.emit(into: &$0) } == capturedHeader)
  }

  @Test(arguments: 0..<20) func aChangeOfAnyByteIsRejected(at offset: Int) {
    var packet = packet
    packet[offset] ^= 0x10
    #expect(parsed(packet, as: IPv4Header.init) == nil)
  }

  @Test(arguments: [0, 1, 19, 20, 0x72]) func readRejectsAPacket(of count: Int) {
    #expect(parsed(Array(packet.prefix(count)), as: IPv4Header.init) == nil)
  }

  @Test func readsAHeaderWithOptions() throws {
    var packet = packet
    packet[0] = 0x46
    packet.replaceSubrange(20..<24, with: [1, 1, 1, 0])
    var checksum = InternetChecksum()
    packet[10] = 0
    packet[11] = 0
    checksum.add(packet.span.extracting(0..<24))
    packet[10] = UInt8(checksum.value >> 8)
    packet[11] = UInt8(checksum.value & 0xff)
    #expect(try #require(parsed(packet, as: IPv4Header.init)).payload == 24..<0x73)
  }

  @Test(arguments: [0x40 as UInt8, 0x44]) func readRejectsATooShortHeader(firstByte: UInt8) {
    var packet = packet
    packet[0] = firstByte
    #expect(parsed(packet, as: IPv4Header.init) == nil)
  }

  @Test func keepsTheFieldsOfAFragment() throws {
    var header = IPv4Header(
      source: hostAddress, destination: guestAddress, payloadProtocol: .icmp, payloadLength: 16)
    header.dontFragment = false
    header.moreFragments = true
    header.fragmentOffset = 1480
    header.identification = 0xbeef
    header.service = 0x2e
    let bytes = emitted(36) { header.emit(into: &$0) }
    #expect(parsed(bytes, as: IPv4Header.init) == header)
    #expect(header.isFragment)
  }
}
