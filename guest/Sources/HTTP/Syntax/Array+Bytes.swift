// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension [UInt8] {
  /// An array of the bytes.
  init(copyOf bytes: Span<UInt8>) {
    self.init(capacity: bytes.count) { $0.append(copyOf: bytes) }
  }

  /// Appends a copy of the bytes.
  public mutating func append(copyOf bytes: Span<UInt8>) {
    append(addingCapacity: bytes.count) { $0.append(copyOf: bytes) }
  }

  /// Appends the text's bytes.
  mutating func append(_ text: StaticString) {
    // SAFETY: the text's own address and size.
    let bytes = unsafe Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount)
    append(copyOf: bytes)
  }

  /// Appends the text's bytes.
  mutating func append(text: String) {
    append(copyOf: text.utf8Span.span)
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

extension OutputSpan<UInt8> {
  /// Appends a copy of `bytes`, for which there must be room. What the standard library offers for it
  /// copies one by one where code is built for size.
  @_lifetime(self: copy self)
  fileprivate mutating func append(copyOf bytes: Span<UInt8>) {
    precondition(bytes.count <= freeCapacity, "there is no room for the bytes")
    unsafe bytes.withUnsafeBytes { from in
      guard let source = from.baseAddress else { return }
      unsafe withUnsafeMutableBufferPointer { buffer, initializedCount in
        // SAFETY: there are as many bytes behind the initialized ones.
        guard let start = buffer.baseAddress else { return }
        unsafe UnsafeMutableRawPointer(start + initializedCount)
          .copyMemory(from: source, byteCount: from.count)
        initializedCount += from.count
      }
    }
  }
}
