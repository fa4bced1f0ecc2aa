// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The Internet's checksum (RFC 1071) over pieces of any size.
package struct PartialChecksum {
  private var sum: UInt64 = 0
  /// Whether the bytes so far end inside of a word.
  private var isOdd = false

  package init() {}

  package mutating func add(_ bytes: Span<UInt8>) {
    var index = 0
    if isOdd && !bytes.isEmpty {
      sum += UInt64(bytes[0])
      index = 1
      isOdd = false
    }
    while index + 1 < bytes.count {
      sum += UInt64(bytes[index]) << 8 | UInt64(bytes[index + 1])
      index += 2
    }
    if index < bytes.count {
      sum += UInt64(bytes[index]) << 8
      isOdd = true
    }
  }

  /// The checksum. As UDP has it (RFC 768), it is never 0, which is the same number as 0xffff.
  package var value: UInt16 {
    var folded = sum
    while folded > 0xffff {
      folded = (folded & 0xffff) + (folded >> 16)
    }
    return folded == 0xffff ? 0xffff : ~UInt16(folded)
  }
}
