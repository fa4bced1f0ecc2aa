// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct InternetChecksumTests {
  @Test func sumsTheExampleOfTheRFC() {
    let bytes: [UInt8] = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]
    var checksum = InternetChecksum()
    checksum.add(bytes.span)
    #expect(checksum.value == ~0xddf2)
  }

  @Test func anOddByteCountsAsTheHighHalfOfAWord() {
    var checksum = InternetChecksum()
    checksum.add(([0x12, 0x34, 0x56] as [UInt8]).span)
    #expect(checksum.value == 0x97cb)
  }

  @Test func isOfTheSameValueInParts() {
    let bytes = (0..<100).map { UInt8($0 * 7 & 0xff) }
    var whole = InternetChecksum()
    whole.add(bytes.span)
    var parts = InternetChecksum()
    parts.add(bytes.span.extracting(0..<2))
    parts.add(bytes.span.extracting(2..<62))
    parts.add(UInt16(bytes[62]) << 8 | UInt16(bytes[63]))
    parts.add(bytes.span.extracting(64..<100))
    #expect(whole.value == parts.value)
  }

  @Test func ofNothingIsAllOnes() {
    #expect(InternetChecksum().value == 0xffff)
  }

  @Test func foldsEveryCarry() {
    var checksum = InternetChecksum()
    checksum.add([UInt8](repeating: 0xff, count: 65536).span)
    #expect(checksum.value == 0)
  }

  @Test func partsMayEndAnywhere() {
    let bytes = (0..<100).map { UInt8($0 &* 77 & 0xff) }
    var whole = InternetChecksum()
    whole.add(bytes.span)
    for first in 0...100 {
      for second in first...100 {
        var parts = InternetChecksum()
        parts.add(bytes.span.extracting(0..<first))
        parts.add(bytes.span.extracting(first..<second))
        parts.add(bytes.span.extracting(second..<100))
        #expect(whole.value == parts.value, "\(first), \(second)")
      }
    }
  }
}
