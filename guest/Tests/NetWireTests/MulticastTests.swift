// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

private let link = IPv6Address(high: 0xfe80 << 48, low: 1)
private let group = IPv6Address(high: 0xff02 << 48, low: 0xfb)
private let group4 = IPv4Address(rawValue: 0xe000_00fb)

struct MulticastTests {
  @Test func groupsHaveStations() {
    #expect(MACAddress(group: group4).description == "01:00:5e:00:00:fb")
    #expect(
      MACAddress(group: IPv4Address(rawValue: 0xefff_ffff)).description == "01:00:5e:7f:ff:ff")
    #expect(MACAddress(group: group).description == "33:33:00:00:00:fb")
  }

  @Test func anAddressHasItsSolicitedNode() {
    let address = IPv6Address(high: 0x2001_0db8 << 32, low: 0x1234_5678_9abc_def0)
    #expect(address.solicitedNode.description == "ff02::1:ffbc:def0")
  }

  @Test func aHardwareAddressMakesAnIdentifier() {
    let mac = MACAddress([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde])
    #expect(mac.interfaceIdentifier == 0x3656_78ff_fe9a_bcde)
  }

  @Test func addressesHaveScopes() {
    #expect(link.scope == 2)
    #expect(group.scope == 2)
    #expect(IPv6Address(high: 0x2001_0db8 << 32, low: 1).scope == 14)
    #expect(IPv6Address.loopback.scope == 2)
    #expect(IPv6Address(high: 0xff05 << 48, low: 1).scope == 5)
    #expect(link.commonPrefixLength(link) == 128)
    #expect(link.commonPrefixLength(IPv6Address(high: 0xfe80 << 48, low: 0)) == 127)
    #expect(link.commonPrefixLength(.loopback) == 0)
  }

  @Test func reportsGroupsOfVersion6() {
    let size = ListenerReport.size(count: 1)
    let bytes = emitted(size) {
      ListenerReport.emit(.toExclude, [.v6(group)], into: &$0, source: link)
    }
    #expect(bytes[0] == 143)
    #expect(bytes[7] == 1)
    #expect(bytes[8] == 4)
    #expect(bytes[12..<14] == [0xff, 0x02])
    let old = emitted(24) {
      ListenerReport.emitVersion1(group, isEnd: false, into: &$0, source: link)
    }
    #expect(old[0] == 131)
    #expect(old[23] == 0xfb)
  }

  @Test func readsAQueryOfEachVersion() throws {
    var bytes: [UInt8] = [130, 0, 0, 0, 0x27, 0x10, 0, 0] + [UInt8](repeating: 0, count: 16)
    let first = try #require(parsed(bytes, as: ListenerQuery.init))
    #expect(!first.isVersion2)
    #expect(first.group == nil)
    #expect(first.responseMilliseconds == 10000)
    bytes[4] = 0x80
    bytes += [2, 125, 0, 0]
    let second = try #require(parsed(bytes, as: ListenerQuery.init))
    #expect(second.isVersion2)
    #expect(second.responseMilliseconds == 0x1010 << 3)
    bytes[8] = 0x20
    #expect(parsed(bytes, as: ListenerQuery.init) == nil)
    #expect(parsed(Array(bytes.prefix(25)), as: ListenerQuery.init) == nil)
  }

  @Test func messagesOfIGMPReadBack() {
    for kind in [IGMPMessage.Kind.report2, .leave2, .query(version: 2, responseMilliseconds: 1000)]
    {
      let message = IGMPMessage(kind, group: group4)
      let bytes = emitted(8) { message.emit(into: &$0) }
      #expect(parsed(bytes, as: IGMPMessage.init(_:)) == message)
      #expect(parsed(Array(bytes.prefix(7)), as: IGMPMessage.init(_:)) == nil)
    }
  }

  @Test func reportsGroupsOfVersion4() {
    let bytes = emitted(16) { IGMPMessage.emitReport(.isExclude, [.v4(group4)], into: &$0) }
    #expect(bytes[0] == 0x22)
    #expect(bytes[8..<16] == [2, 0, 0, 0, 0xe0, 0, 0, 0xfb])
    var checksum = InternetChecksum()
    checksum.add(bytes.span)
    #expect(checksum.value == 0)
  }

  @Test func theRouterAlertIsPartOfTheHeader() throws {
    let header = IPv4Header(
      source: guestAddress, destination: IGMPMessage.reportDestination, payloadProtocol: .igmp,
      payloadLength: RouterAlert.size4 + 8)
    let bytes = emitted(32) { header.emitWithRouterAlert(into: &$0) }
    #expect(bytes[20..<24] == [0x94, 4, 0, 0])
    let read = try #require(parsed(bytes, as: IPv4Header.init))
    #expect(read.payload == 24..<32)
    let hopByHop = emitted(8) { RouterAlert.emit6(into: &$0, nextHeader: .icmpv6) }
    #expect(hopByHop == [58, 0, 5, 2, 0, 0, 1, 0])
  }
}
