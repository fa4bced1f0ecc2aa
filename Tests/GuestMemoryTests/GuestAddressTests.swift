// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@Suite struct GuestAddressTests {
  @Test(
    arguments: [(0, "0x0"), (0x1f000, "0x1f000"), (.max, "0xffffffffffffffff")]
      as [(UInt64, String)])
  func addressReadsAsHexadecimal(value: UInt64, text: String) {
    #expect(GuestAddress(value).description == text)
  }

  @Test func addressesAreOrderedWithoutSign() {
    #expect(GuestAddress(1) < GuestAddress(1 << 63))
    #expect(GuestAddress(rawValue: 7) == GuestAddress(7))
  }
}
