// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

// Addresses as text. What String and its views offer for it is generic code of many kilobytes.

extension Span<UInt8> {
  /// Where `byte` is first, from `start` on; the end if it is nowhere.
  func position(of byte: UInt8, from start: Int = 0) -> Int {
    var index = start
    while index < count, self[index] != byte {
      index += 1
    }
    return index
  }

  /// The number that one to three decimal digits spell, without leading zeros.
  var decimal: UInt32? {
    guard (1...3).contains(count), count == 1 || self[0] != UInt8(ascii: "0") else { return nil }
    var number: UInt32 = 0
    for index in indices {
      let digit = self[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      number = number * 10 + UInt32(digit)
    }
    return number
  }

  /// The number that one to four hexadecimal digits spell.
  var hexadecimal: UInt16? {
    guard (1...4).contains(count) else { return nil }
    var number: UInt16 = 0
    for index in indices {
      let digit = self[index]
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number = number << 4 | UInt16(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
        number = number << 4 | UInt16(digit & 0xf) + 9
      default: return nil
      }
    }
    return number
  }
}
