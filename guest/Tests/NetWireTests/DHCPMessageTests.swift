// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import TestSupport
import Testing

struct DHCPMessageTests {
  /// Every field has a value of its own.
  private var offer: DHCPMessage {
    var message = DHCPMessage(.reply, .offer, transaction: 0xdead_beef, clientHardware: guest)
    message.seconds = 7
    message.isBroadcast = true
    message.clientAddress = IPv4Address(rawValue: 1)
    message.yourAddress = guestAddress
    message.nextServer = IPv4Address(rawValue: 3)
    message.relayAgent = IPv4Address(rawValue: 4)
    message.options.set(.subnetMask, IPv4Address(rawValue: 0xffff_ff00))
    message.options.set(.leaseTime, UInt32(3600))
    message.options.set(.interfaceMTU, UInt16(1400))
    message.options[.nameServers] = [10, 0, 0, 1, 10, 0, 0, 3]
    return message
  }

  /// The fields up to the magic cookie, then these options.
  private func message(_ options: [UInt8], file: [UInt8] = [], serverName: [UInt8] = []) -> [UInt8]
  {
    var bytes = Array(offer.encoded().prefix(240)) + options
    bytes.replaceSubrange(108..<108 + file.count, with: file)
    bytes.replaceSubrange(44..<44 + serverName.count, with: serverName)
    return bytes
  }

  @Test func readsWhatItWrites() {
    let bytes = offer.encoded()
    #expect(bytes.count == 300)
    #expect(parsed(bytes, as: DHCPMessage.init) == offer)
  }

  @Test func writesItsFieldsInOrder() {
    let bytes = offer.encoded()
    #expect(bytes[..<12] == [2, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef, 0, 7, 0x80, 0])
    #expect(bytes[28..<44] == [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(bytes[236..<246] == [0x63, 0x82, 0x53, 0x63, 53, 1, 2, 1, 4, 255])
  }

  @Test func optionsAreTyped() throws {
    let options = try #require(parsed(offer.encoded(), as: DHCPMessage.init)).options
    #expect(options.address(.subnetMask)?.description == "255.255.255.0")
    #expect(options.number32(.leaseTime) == 3600)
    #expect(options.number16(.interfaceMTU) == 1400)
    #expect(options.addresses(.nameServers).map(\.description) == ["10.0.0.1", "10.0.0.3"])
    #expect(options.addresses(.routers).isEmpty)
    // Of another size than the type has.
    #expect(options.address(.nameServers) == nil)
    #expect(options.number16(.leaseTime) == nil)
    #expect(options.byte(.leaseTime) == nil)
  }

  @Test func optionsStandInTheOtherFieldsToo() throws {
    let bytes = message(
      [53, 1, 5, 52, 1, 3, 255], file: [0, 3, 4, 10, 0, 0, 1, 255], serverName: [26, 2, 5, 0xdc])
    let read = try #require(parsed(bytes, as: DHCPMessage.init))
    #expect(read.kind == .acknowledgment)
    #expect(read.options.address(.routers) == hostAddress)
    #expect(read.options.number16(.interfaceMTU) == 1500)
  }

  @Test func otherFieldsAreNotReadWithoutOverload() throws {
    let bytes = message([53, 1, 5, 255], file: [3, 4, 10, 0, 0, 1, 255])
    let read = try #require(parsed(bytes, as: DHCPMessage.init))
    #expect(read.options.address(.routers) == nil)
  }

  @Test func dividedOptionIsJoined() throws {
    var message = offer
    let long = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
    message.options[.message] = long
    let bytes = message.encoded()
    #expect(bytes.count > 840)
    #expect(parsed(bytes, as: DHCPMessage.init)?.options[.message] == long)
  }

  @Test func searchListIsCompressed() throws {
    let list: [UInt8] = [1, 0x61, 3, 0x6f, 0x72, 0x67, 0, 1, 0x62, 0xc0, 2]
    let bytes = message([53, 1, 5, 119, 7] + list[..<7] + [119, 4] + list[7...] + [255])
    let read = try #require(parsed(bytes, as: DHCPMessage.init))
    #expect(read.options.names(.domainSearch) == [try name("a.org"), try name("b.org")])
    let loop = message([53, 1, 5, 119, 2, 0xc0, 0, 255])
    #expect(parsed(loop, as: DHCPMessage.init)?.options.names(.domainSearch).isEmpty == true)
  }

  @Test(
    arguments: [
      [], [255], [53, 1], [53, 1, 99, 255], [53, 2, 1, 1, 255], [53, 1, 5, 3, 4, 1, 255],
      [53, 1, 5, 3],
      [53, 1, 5, 53, 1, 5],
    ] as [[UInt8]])
  func malformedOptions(options: [UInt8]) {
    #expect(parsed(message(options), as: DHCPMessage.init) == nil)
  }

  @Test func endAndPaddingMayBeMissing() {
    #expect(parsed(message([0, 0, 53, 1, 5]), as: DHCPMessage.init) != nil)
  }

  @Test(arguments: [0, 1, 2, 236, 239]) func readRejectsAnotherValue(at offset: Int) {
    var bytes = offer.encoded()
    bytes[offset] = 0x77
    #expect(parsed(bytes, as: DHCPMessage.init) == nil)
  }

  @Test func readRejectsWhatIsShort() {
    let bytes = offer.encoded()
    for count in 0..<243 {
      let read = parsed(Array(bytes.prefix(count)), as: DHCPMessage.init)
      #expect(read == nil, "\(count) bytes")
    }
  }

  @Test(arguments: 0..<4) func damagedMessagesDoNoHarm(seed: Int) throws {
    var numbers = SeededNumbers(seed: UInt64(seed))
    var whole = offer
    whole.options[.domainSearch] = [1, 0x61, 3, 0x6f, 0x72, 0x67, 0, 1, 0x62, 0xc0, 2]
    let options = Array(whole.encoded()[240...])
    let other: [UInt8] = [53, 1, 5, 52, 1, 3, 119, 3, 1, 0x62, 0]
    for _ in 0..<3000 {
      let bytes = message(
        numbers.damage(options), file: Array(numbers.damage(other).prefix(100)),
        serverName: Array(numbers.damage(other).prefix(60)))
      guard let read = parsed(bytes, as: DHCPMessage.init) else { continue }
      _ = read.options.names(.domainSearch)
      _ = read.options.addresses(.nameServers)
      #expect(parsed(read.encoded(), as: DHCPMessage.init) == read)
    }
  }
}
