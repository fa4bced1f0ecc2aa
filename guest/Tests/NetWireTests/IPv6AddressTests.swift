// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct IPv6AddressTests {
  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("fe80::1", "fe80::1"),
    ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("::ffff:192.0.2.1", "::ffff:c000:201"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
  ]) func readsAndWrites(text: String, canonical: String) throws {
    #expect(try #require(IPv6Address(text)).description == canonical)
  }

  @Test(arguments: [
    "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "1::2::3",
    "12345::", "g::", ":1::", "1:", "1::2:", "1.2.3.4", "::1.2.3", "::1.2.3.256",
    "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "fe80::1%eth0", " ::1",
  ]) func rejects(text: String) {
    #expect(IPv6Address(text) == nil)
  }

  @Test func halvesAreInTheOrderOfTheWire() throws {
    let address = try #require(IPv6Address("2001:db8::1"))
    #expect(address.high == 0x2001_0db8_0000_0000)
    #expect(address.low == 1)
  }

  @Test func groupsAreMulticast() throws {
    #expect(try #require(IPv6Address("ff02::1")).isMulticast)
    #expect(!(try #require(IPv6Address("fe80::1")).isMulticast))
  }
}
