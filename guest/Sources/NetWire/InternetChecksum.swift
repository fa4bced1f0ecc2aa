// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The checksum of IPv4, ICMP, UDP and TCP (RFC 1071): the complement of the ones' complement sum
/// of 16-bit words.
public struct InternetChecksum: Sendable {
  private var sum: UInt64 = 0

  /// The checksum of nothing.
  public init() {}

  /// Adds bytes. An odd number of them counts as if a zero byte followed, so that only the last
  /// part of a message may be odd.
  public mutating func add(_ bytes: Span<UInt8>) {
    var offset = 0
    while offset + 4 <= bytes.count {
      sum += UInt64(bytes.bigEndian32(at: offset))
      offset += 4
    }
    if offset + 2 <= bytes.count {
      sum += UInt64(bytes.bigEndian16(at: offset))
      offset += 2
    }
    if offset < bytes.count {
      sum += UInt64(bytes[offset]) << 8
    }
  }

  /// Adds one word.
  public mutating func add(_ word: UInt16) {
    sum += UInt64(word)
  }

  /// Adds two words.
  public mutating func add(_ words: UInt32) {
    sum += UInt64(words)
  }

  /// What goes into the checksum field. Over a message with a right checksum in it, this is 0.
  public var value: UInt16 {
    var folded = sum
    while folded > 0xffff {
      folded = (folded & 0xffff) + (folded >> 16)
    }
    return ~UInt16(folded)
  }
}
