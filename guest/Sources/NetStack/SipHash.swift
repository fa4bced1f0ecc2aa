// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// SipHash-2-4: a hash of words that nobody can foretell without the key.
public enum SipHash {
  /// The 128 bits that a hash depends on.
  public struct Key: Sendable {
    let low: UInt64
    let high: UInt64

    /// The key of two words.
    public init(_ low: UInt64, _ high: UInt64) {
      self.low = low
      self.high = high
    }
  }

  /// The hash of `words`, taken as eight bytes each in little-endian order.
  static func hash(key: Key, _ words: UInt64...) -> UInt64 {
    var state = State(key: key)
    for word in words {
      state.add(word)
    }
    return state.finish(byteCount: words.count * 8)
  }

  private struct State {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(key: Key) {
      v0 = key.low ^ 0x736f_6d65_7073_6575
      v1 = key.high ^ 0x646f_7261_6e64_6f6d
      v2 = key.low ^ 0x6c79_6765_6e65_7261
      v3 = key.high ^ 0x7465_6462_7974_6573
    }

    mutating func add(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish(byteCount: Int) -> UInt64 {
      add(UInt64(byteCount & 0xff) << 56)
      v2 ^= 0xff
      for _ in 0..<4 {
        round()
      }
      return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
      v0 &+= v1
      v1 = rotate(v1, 13) ^ v0
      v0 = rotate(v0, 32)
      v2 &+= v3
      v3 = rotate(v3, 16) ^ v2
      v0 &+= v3
      v3 = rotate(v3, 21) ^ v0
      v2 &+= v1
      v1 = rotate(v1, 17) ^ v2
      v2 = rotate(v2, 32)
    }

    private func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
      word << bits | word >> (64 - bits)
    }
  }
}
