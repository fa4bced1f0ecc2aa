// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct MACAddressTests {
  @Test func describesItselfAsPairsOfHexadecimalDigits() {
    #expect(MACAddress([0x02, 0, 0, 0x0a, 0xbc, 0x1f]).description == "02:00:00:0a:bc:1f")
    #expect(MACAddress.broadcast.description == "ff:ff:ff:ff:ff:ff")
  }

  @Test func tellsGroupsFromStations() {
    #expect(MACAddress.broadcast.isMulticast)
    #expect(MACAddress([0x01, 0, 0x5e, 0, 0, 1]).isMulticast)
    #expect(!MACAddress([0x02, 0xff, 0xff, 0xff, 0xff, 0xff]).isMulticast)
  }
}
