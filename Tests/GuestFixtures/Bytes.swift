// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension [UInt8] {
  /// Overwrites the bytes from `offset` on with `value`, little-endian.
  package mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
    for index in 0..<(value.bitWidth / 8) {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// Appends `value`, little-endian.
  package mutating func append(littleEndian value: some FixedWidthInteger) {
    let start = count
    append(contentsOf: repeatElement(0, count: value.bitWidth / 8))
    put(value, at: start)
  }

  /// Appends zeros up to a multiple of `alignment`.
  package mutating func pad(to alignment: Int) {
    append(contentsOf: repeatElement(0, count: (alignment - count % alignment) % alignment))
  }

  /// The little-endian integer at `offset`.
  package func integer<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value {
    (0..<Value.bitWidth / 8).reversed().reduce(0) {
      $0 << 8 | Value(truncatingIfNeeded: self[offset + $1])
    }
  }
}
