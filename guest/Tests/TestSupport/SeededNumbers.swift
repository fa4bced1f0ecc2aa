// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack

/// Numbers that look random and are the same for every run with the same seed.
package struct SeededNumbers: RandomNumberGenerator {
  private var numbers: SplitMix

  package init(seed: UInt64) {
    numbers = SplitMix(seed: seed)
  }

  package mutating func next() -> UInt64 { numbers.next() }

  /// True `parts` times in a million.
  package mutating func chance(_ parts: Int) -> Bool {
    parts > 0 && Int(next() % 1_000_000) < parts
  }

  /// A number of 0 to `most`, small ones more often.
  package mutating func size(upTo most: Int) -> Int {
    let bits = Int.random(in: 0...Int.bitWidth - most.leadingZeroBitCount, using: &self)
    return min(most, Int.random(in: 0...(1 << bits) - 1, using: &self))
  }

  /// `bytes`, some of them changed, and perhaps cut or continued.
  package mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &self)
      switch Int.random(in: 0..<6, using: &self) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &self)
      case 2: bytes[index] = UInt8.random(in: 0xc0...0xff, using: &self)
      case 3: bytes[index] = 0
      case 4: bytes.removeLast(Int.random(in: 0...bytes.count, using: &self))
      default: bytes.insert(UInt8.random(in: 0...255, using: &self), at: index)
      }
    }
    return bytes
  }
}
