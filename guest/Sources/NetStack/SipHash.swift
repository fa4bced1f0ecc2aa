// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// SipHash-2-4 (Aumasson and Bernstein, 2012) of 64-bit words: who does not know the key can neither
/// tell what the hash of something is nor find two things of the same hash.
package struct SipHash: Sendable {
  /// The secret.
  package struct Key: Sendable {
    package var low: UInt64
    package var high: UInt64

    package init(low: UInt64, high: UInt64) {
      self.low = low
      self.high = high
    }
  }

  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64
  private var byteCount: UInt64 = 0

  package init(key: Key) {
    v0 = key.low ^ 0x736f_6d65_7073_6575
    v1 = key.high ^ 0x646f_7261_6e64_6f6d
    v2 = key.low ^ 0x6c79_6765_6e65_7261
    v3 = key.high ^ 0x7465_6462_7974_6573
  }

  /// Adds a word, which stands for its bytes in little-endian order.
  package mutating func combine(_ word: UInt64) {
    compress(word)
    byteCount &+= 8
  }

  /// The hash of the words so far.
  package var value: UInt64 {
    var copy = self
    copy.compress(byteCount << 56)
    copy.v2 ^= 0xff
    for _ in 0..<4 {
      copy.round()
    }
    return copy.v0 ^ copy.v1 ^ copy.v2 ^ copy.v3
  }

  private mutating func compress(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  private mutating func round() {
    v0 &+= v1
    v1 = Self.rotate(v1, 13) ^ v0
    v0 = Self.rotate(v0, 32)
    v2 &+= v3
    v3 = Self.rotate(v3, 16) ^ v2
    v0 &+= v3
    v3 = Self.rotate(v3, 21) ^ v0
    v2 &+= v1
    v1 = Self.rotate(v1, 17) ^ v2
    v2 = Self.rotate(v2, 32)
  }

  private static func rotate(_ word: UInt64, _ distance: UInt64) -> UInt64 {
    word << distance | word >> (64 - distance)
  }
}
