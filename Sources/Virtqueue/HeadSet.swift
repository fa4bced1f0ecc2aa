// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CHVTABI

/// A set of heads: a bit for each descriptor of the largest queue.
struct HeadSet {
  private static var wordBits: Int { UInt64.bitWidth }
  private var words = [16 of UInt64](repeating: 0)
  private(set) var count = 0

  init() { precondition(words.count * Self.wordBits >= HVT_QUEUE_SIZE_MAX) }

  func contains(_ head: UInt16) -> Bool { words[word(of: head)] & bit(of: head) != 0 }

  /// Adds `head`, which must not be in the set.
  mutating func insert(_ head: UInt16) {
    words[word(of: head)] |= bit(of: head)
    count += 1
  }

  /// Removes `head`. Whether it was in the set.
  mutating func remove(_ head: UInt16) -> Bool {
    let (word, bit) = (word(of: head), bit(of: head))
    if words[word] & bit == 0 { return false }
    words[word] ^= bit
    count -= 1
    return true
  }

  private func word(of head: UInt16) -> Int { Int(head) / Self.wordBits }

  private func bit(of head: UInt16) -> UInt64 { 1 &<< UInt64(head % UInt16(Self.wordBits)) }
}
