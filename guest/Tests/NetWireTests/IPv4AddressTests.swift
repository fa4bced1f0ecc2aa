// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct IPv4AddressTests {
  @Test(arguments: ["0.0.0.0", "10.0.0.2", "192.168.100.1", "255.255.255.255"])
  func readsWhatItDescribes(text: String) {
    #expect(IPv4Address(text)?.description == text)
  }

  @Test(arguments: [
    "", "10", "10.0.0", "10.0.0.", ".10.0.0.1", "10.0.0.0.1", "10..0.1", "256.0.0.1", "10.0.0.256",
    "1000.0.0.1", "010.0.0.1", "10.0.0.-1", "10.0.0.1 ", "a.b.c.d", "10.0.0.+1",
  ])
  func readRejects(text: String) {
    #expect(IPv4Address(text) == nil)
  }

  @Test func hasItsFirstNumberInTheHighestByte() {
    #expect(IPv4Address("10.1.2.3")?.rawValue == 0x0a01_0203)
  }
}

struct IPv4PrefixTests {
  @Test(arguments: ["10.0.0.2/24", "0.0.0.0/0", "192.168.1.1/32", "10.255.0.1/9"])
  func readsWhatItDescribes(text: String) {
    #expect(IPv4Prefix(text)?.description == text)
  }

  @Test(arguments: [
    "", "/", "10.0.0.2", "10.0.0.2/", "10.0.0.2/33", "10.0.0.2/024", "10.0.0.2/2a", "10.0.0/24",
    "10.0.0.2/24/24", "10.0.0.2/-1", "/24",
  ])
  func readRejects(text: String) {
    #expect(IPv4Prefix(text) == nil)
  }

  @Test func knowsItsNetwork() throws {
    let prefix = try #require(IPv4Prefix("10.1.2.3/20"))
    #expect(prefix.mask.description == "255.255.240.0")
    #expect(prefix.network.description == "10.1.0.0")
    #expect(prefix.contains(IPv4Address(rawValue: 0x0a01_0fff)))
    #expect(!prefix.contains(IPv4Address(rawValue: 0x0a01_1000)))
  }

  @Test func aPrefixOfNoBitsContainsEverything() throws {
    let prefix = try #require(IPv4Prefix("10.1.2.3/0"))
    #expect(prefix.mask.rawValue == 0)
    #expect(prefix.contains(IPv4Address(rawValue: .max)))
  }

  @Test(arguments: [-1, 33]) func initRejects(length: Int) {
    #expect(IPv4Prefix(address: guestAddress, length: length) == nil)
  }
}
