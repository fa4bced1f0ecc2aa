// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Testing

struct SipHashTests {
  // The authors' vectors for whole words: the key is the bytes 0 to 15, the words are the bytes from
  // 0 on.
  private static let words: [UInt64] = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]

  @Test(
    arguments: [
      (0, 0x726f_db47_dd0e_0e31), (1, 0x93f5_f579_9a93_2462), (2, 0x3f2a_cc7f_57c2_9bdb),
    ] as [(Int, UInt64)])
  func hashIsThatOfTheAuthors(count: Int, expected: UInt64) {
    var hash = SipHash(key: SipHash.Key(low: Self.words[0], high: Self.words[1]))
    for word in Self.words.prefix(count) {
      hash.combine(word)
    }
    #expect(hash.value == expected)
    #expect(hash.value == expected, "it can be read again")
  }
}
