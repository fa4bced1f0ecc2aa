// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Numbers that look random and are the same for every run with the same seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// True `parts` times in a million.
  mutating func chance(_ parts: Int) -> Bool {
    parts > 0 && Int(next() % 1_000_000) < parts
  }

  /// A number of `range`, small ones more often.
  mutating func size(upTo most: Int) -> Int {
    let bits = Int.random(in: 0...Int.bitWidth - most.leadingZeroBitCount, using: &self)
    return min(most, Int.random(in: 0...(1 << bits) - 1, using: &self))
  }
}
