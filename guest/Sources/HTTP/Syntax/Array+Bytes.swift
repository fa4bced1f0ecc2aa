// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension [UInt8] {
  /// An array of the bytes.
  init(copyOf bytes: Span<UInt8>) {
    self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// Appends a copy of the bytes.
  public mutating func append(copyOf bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      // SAFETY: the buffer's own bytes.
      unsafe append(contentsOf: buffer)
    }
  }

  /// Appends the text's bytes.
  mutating func append(_ text: StaticString) {
    // SAFETY: the text's own address and size.
    let bytes = unsafe UnsafeBufferPointer(
      start: text.utf8Start, count: text.utf8CodeUnitCount)
    unsafe append(contentsOf: bytes)
  }

  /// Appends the text's bytes.
  mutating func append(text: String) {
    append(contentsOf: text.utf8)
  }

  /// Appends a number in decimal.
  mutating func append(decimal number: UInt64) {
    let start = count
    var rest = number
    repeat {
      append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
      rest /= 10
    } while rest != 0
    self[start...].reverse()
  }

  /// Appends a number in hexadecimal.
  mutating func append(hexadecimal number: UInt64) {
    var shift = number == 0 ? 0 : (63 - number.leadingZeroBitCount) & ~3
    while shift >= 0 {
      append(hexDigit: UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15)
      shift -= 4
    }
  }

  private mutating func append(hexDigit: UInt8) {
    append(hexDigit < 10 ? hexDigit + 0x30 : hexDigit - 10 + 0x61)
  }
}
