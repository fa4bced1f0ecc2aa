// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct IPv6PrefixTests {
  @Test(arguments: ["::/0", "2001:db8::/32", "fe80::1/64", "2001:db8::1/127", "::1/128"])
  func readsWhatItPrints(text: String) throws {
    #expect(try #require(IPv6Prefix(text)).description == text)
  }

  @Test(arguments: ["", "::", "::/", "::/129", "::/1x", "x/64", "::/064"])
  func rejects(text: String) {
    #expect(IPv6Prefix(text) == nil)
  }

  @Test(arguments: [0, 1, 63, 64, 65, 127, 128]) func containsWhatSharesItsBits(length: Int) throws
  {
    let address = IPv6Address(high: 0x2001_0db8_1234_5678, low: 0x9abc_def0_1234_5678)
    let prefix = try #require(IPv6Prefix(address: address, length: length))
    for bit in 0..<128 {
      let other =
        bit < 64
        ? IPv6Address(high: address.high ^ 1 << UInt64(63 - bit), low: address.low)
        : IPv6Address(high: address.high, low: address.low ^ 1 << UInt64(127 - bit))
      #expect(prefix.contains(other) == (bit >= length))
    }
    #expect(prefix.contains(prefix.network))
  }

  @Test func versionsDoNotMix() throws {
    let prefix = try #require(IPv4Prefix("0.0.0.0/0"))
    #expect(IPPrefix.v4(prefix).contains(.v4(guestAddress)))
    #expect(!IPPrefix.v4(prefix).contains(.v6(.loopback)))
  }
}
