// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The checksum of IPv4, ICMP, UDP and TCP (RFC 1071): the complement of the ones' complement sum
/// of 16-bit words.
public struct InternetChecksum: Sendable {
  private var sum: UInt64 = 0
  /// Whether the bytes so far end inside of a word.
  private var isOdd = false

  /// The checksum of nothing.
  public init() {}

  /// Adds bytes, which follow those that were added so far.
  public mutating func add(_ bytes: Span<UInt8>) {
    var part = Self.sum(bytes)
    // A sum of words is that of their halves the other way round, turned round (section 2, B).
    if isOdd {
      part = part.byteSwapped
    }
    sum += UInt64(part)
    if bytes.count % 2 == 1 {
      isOdd.toggle()
    }
  }

  /// Adds one word. The bytes so far have to be whole words.
  public mutating func add(_ word: UInt16) {
    sum += UInt64(word)
  }

  /// Adds two words. The bytes so far have to be whole words.
  public mutating func add(_ words: UInt32) {
    sum += UInt64(words)
  }

  /// What goes into the checksum field. Over a message with a right checksum in it, this is 0.
  public var value: UInt16 { ~Self.fold(sum) }

  /// The sum of the words that `bytes` are, the last one filled up with a zero.
  private static func sum(_ bytes: Span<UInt8>) -> UInt16 {
    var (even, odd) = (UInt64(0), UInt64(0))
    let raw = unsafe bytes.bytes
    var offset = 0
    while offset + 8 <= raw.byteCount {
      // SAFETY: eight bytes are there, and any are a number.
      let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      even &+= word & 0xffff_ffff
      odd &+= word >> 32
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
      rest += UInt64(bytes[offset]) << (offset % 2 == 0 ? 8 : 0)
      offset += 1
    }
    // The words above are in the processor's order.
    let whole = UInt16(bigEndian: fold(UInt64(fold(even)) + UInt64(fold(odd))))
    return fold(UInt64(whole) + rest)
  }

  private static func fold(_ sum: UInt64) -> UInt16 {
    var folded = sum
    while folded > 0xffff {
      folded = (folded & 0xffff) + (folded >> 16)
    }
    return UInt16(folded)
  }
}
