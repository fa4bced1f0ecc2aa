// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

private let one = IPv6Address(high: 0xfe80 << 48, low: 1)
private let other = IPv6Address(high: 0xfe80 << 48, low: 2)
private let dns = IPv6Address(high: 0x2001_0db8 << 32, low: 0x53)

/// An advertisement of a router with the options behind it.
private func advertisement(_ options: [UInt8]) -> [UInt8] {
  [134, 0, 0, 0, 64, 0x48, 0x07, 0x08, 0, 0, 0x75, 0x30, 0, 0, 0x03, 0xe8] + options
}

private let prefixOption: [UInt8] =
  [3, 4, 64, 0xc0, 0, 0, 0x0e, 0x10, 0, 0, 0x07, 0x08, 0, 0, 0, 0]
  + [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 12)
private let serverOption: [UInt8] =
  [25, 3, 0, 0, 0, 0, 0x02, 0x58] + [0x20, 0x01, 0x0d, 0xb8]
  + [UInt8](repeating: 0, count: 11) + [0x53]

struct NDPTests {
  @Test func solicitationReadsBackWhatItEmits() {
    var message = NeighborSolicitation(target: other)
    message.options.sourceHardware = guest
    message.options.nonce = 0x1234_5678_9abc
    #expect(message.encodedSize == 40)
    let bytes = emitted(40) {
      message.emit(into: &$0, source: one, destination: other.solicitedNode)
    }
    #expect(bytes[24..<32] == [1, 1, 2, 0, 0, 0, 0, 2])
    #expect(parsed(bytes, as: NeighborSolicitation.init(_:)) == message)
  }

  @Test func advertisementReadsBackWhatItEmits() {
    var message = NeighborAdvertisement(target: other)
    message.options.targetHardware = host
    message.isSolicited = true
    message.isOverride = true
    let bytes = emitted(32) { message.emit(into: &$0, source: one, destination: other) }
    #expect(bytes[4] == 0x60)
    #expect(parsed(bytes, as: NeighborAdvertisement.init(_:)) == message)
  }

  @Test func groupsAreNoTargets() {
    let solicitation = NeighborSolicitation(target: .allNodes)
    let bytes = emitted(24) { solicitation.emit(into: &$0, source: one, destination: other) }
    #expect(parsed(bytes, as: NeighborSolicitation.init(_:)) == nil)
    let advertisement = NeighborAdvertisement(target: .allNodes)
    let others = emitted(24) { advertisement.emit(into: &$0, source: one, destination: other) }
    #expect(parsed(others, as: NeighborAdvertisement.init(_:)) == nil)
  }

  @Test func readsAnAdvertisementOfARouter() throws {
    let mtu: [UInt8] = [5, 1, 0, 0, 0, 0, 0x05, 0xdc]
    let unknown: [UInt8] = [200, 2] + [UInt8](repeating: 0xff, count: 14)
    let bytes = advertisement(mtu + unknown + prefixOption + serverOption)
    let message = try #require(parsed(bytes, as: RouterAdvertisement.init))
    #expect(message.hopLimit == 64)
    #expect(!message.isManaged)
    #expect(message.hasOtherConfiguration)
    #expect(message.preference == 1)
    #expect(message.lifetime == 1800)
    #expect(message.reachableMilliseconds == 30000)
    #expect(message.retransmissionMilliseconds == 1000)
    #expect(message.options.mtu == 1500)
    let prefix = try #require(message.options.prefixes.first)
    #expect(prefix.prefix.description == "2001:db8::/64")
    #expect(prefix.isOnLink && prefix.isAutonomous)
    #expect(prefix.validSeconds == 3600)
    #expect(prefix.preferredSeconds == 1800)
    #expect(message.options.nameServers.map(\.address) == [dns])
    #expect(message.options.nameServers.first?.seconds == 600)
  }

  @Test(arguments: [[1, 0, 0, 0, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0, 0, 0], [1, 1, 0], [1]])
  func optionsThatAreNotWholeSpoilTheMessage(options: [UInt8]) {
    #expect(parsed(advertisement(options), as: RouterAdvertisement.init) == nil)
  }

  @Test func aPrefixIsAtMost128BitsLong() throws {
    var option = prefixOption
    option[2] = 129
    let message = try #require(parsed(advertisement(option), as: RouterAdvertisement.init))
    #expect(message.options.prefixes.isEmpty)
  }

  @Test func listsAreBounded() throws {
    let options = (0..<40).flatMap { _ in prefixOption + serverOption }
    let message = try #require(parsed(advertisement(options), as: RouterAdvertisement.init))
    #expect(message.options.prefixes.count == 8)
    #expect(message.options.nameServers.count == 8)
  }

  @Test func aRouterIsAskedWithTheHardwareAddress() {
    var message = RouterSolicitation()
    message.options.sourceHardware = guest
    let bytes = emitted(16) { message.emit(into: &$0, source: one, destination: .allRouters) }
    #expect(bytes.prefix(2) == [133, 0])
    #expect(bytes[8..<16] == [1, 1, 2, 0, 0, 0, 0, 2])
    #expect(message.encodedSize == 16)
  }
}
