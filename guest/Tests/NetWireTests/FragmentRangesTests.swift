// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct FragmentRangesTests {
  @Test func allButTheLastAreMultiplesOf8() {
    #expect(
      Array(FragmentRanges(payloadLength: 3000, room: 1476)) == [
        0..<1472, 1472..<2944, 2944..<3000,
      ])
    #expect(Array(FragmentRanges(payloadLength: 1476, room: 1476)) == [0..<1476])
    #expect(Array(FragmentRanges(payloadLength: 0, room: 8)) == [])
    #expect(Array(FragmentRanges(payloadLength: 20, room: 8)) == [0..<8, 8..<16, 16..<20])
  }
}

struct VLANTagTests {
  @Test func readsBackWhatItEmits() {
    var tag = VLANTag(identifier: 4094, type: .ipv6)
    tag.priority = 5
    tag.isDropEligible = true
    let bytes = emitted(4) { tag.emit(into: &$0) }
    #expect(bytes == [0xbf, 0xfe, 0x86, 0xdd])
    #expect(parsed(bytes, as: VLANTag.init(_:)) == tag)
    #expect(parsed(Array(bytes.prefix(3)), as: VLANTag.init(_:)) == nil)
    #expect(parsed([0x0f, 0xff, 8, 0], as: VLANTag.init(_:)) == nil)
  }
}
