// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension Span<UInt8> {
  /// Whether the bytes are those of `text`.
  func equals(_ text: StaticString) -> Bool {
    if count != text.utf8CodeUnitCount {
      return false
    }
    for index in indices {
      // SAFETY: `index` is below the text's size.
      if unsafe self[index] != text.utf8Start[index] {
        return false
      }
    }
    return true
  }

  /// Whether the bytes are those of `text`, which has no capital letters, in any case.
  func equalsInAnyCase(_ text: StaticString) -> Bool {
    if count != text.utf8CodeUnitCount {
      return false
    }
    for index in indices {
      // SAFETY: `index` is below the text's size.
      if unsafe self[index].lowercased != text.utf8Start[index] {
        return false
      }
    }
    return true
  }

  /// Whether the bytes are the same as others.
  func equals(_ other: Span<UInt8>) -> Bool {
    if count != other.count {
      return false
    }
    for index in indices where self[index] != other[index] {
      return false
    }
    return true
  }

  /// Whether the bytes are the same as others.
  func equals(_ other: [UInt8]) -> Bool { equals(other.span) }

  /// The range without the blanks at its ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end && self[start].isBlank {
      start += 1
    }
    while end > start && self[end - 1].isBlank {
      end -= 1
    }
    return start..<end
  }

  /// Where `byte` stands first in `range`.
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    for index in range where self[index] == byte {
      return index
    }
    return nil
  }

  /// Calls `body` with each element of a comma-separated list that is not empty (RFC 9110, section
  /// 5.6.1). No list that this module reads has quoted strings.
  func forEachListElement(_ body: (Span<UInt8>) -> Void) {
    var start = 0
    while start <= count {
      let end = firstIndex(of: UInt8(ascii: ","), in: start..<count) ?? count
      let element = trimmed(start..<end)
      if !element.isEmpty {
        body(extracting(element))
      }
      start = end + 1
    }
  }

  /// The number that the bytes are, all of them decimal digits; nil when it is none or does not fit.
  var decimal: UInt64? {
    if isEmpty {
      return nil
    }
    var number: UInt64 = 0
    for index in indices {
      guard let digit = self[index].digitValue else { return nil }
      let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, isTooLargeNow) = product.addingReportingOverflow(digit)
      if isTooLarge || isTooLargeNow {
        return nil
      }
      number = sum
    }
    return number
  }

  /// The bytes as text; what is not UTF-8 is replaced.
  var text: String {
    unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
