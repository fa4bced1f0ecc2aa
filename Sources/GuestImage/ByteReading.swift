// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension Span<UInt8> {
  /// The little-endian integer at `offset`, which must be inside the span.
  func littleEndian<Value: FixedWidthInteger & UnsignedInteger>(
    at offset: Int, as type: Value.Type = Value.self
  ) -> Value {
    var value: Value = 0
    for index in 0..<(Value.bitWidth / 8) {
      value |= Value(self[offset + index]) << (8 * index)
    }
    return value
  }
}

/// `value` as an address is written: in hexadecimal digits with the prefix 0x.
func hex(_ value: some BinaryInteger) -> String {
  "0x" + String(value, radix: 16)
}

/// `value` rounded up to a multiple of `alignment`, a power of two; the caller excludes overflow.
func roundUp(_ value: UInt64, to alignment: UInt64) -> UInt64 {
  (value + (alignment - 1)) & ~(alignment - 1)
}
