// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The value of a range field for content of a certain size (RFC 9110, section 14.2). More ranges
/// than one, and what is malformed or of other units, is ignored, as a server may.
enum RangeRequest: Equatable {
  case whole
  case part(Range<Int>)
  case unsatisfiable

  init(_ value: Span<UInt8>, size: Int) {
    self = .whole
    guard value.count > 6, value.extracting(0..<6).equalsInAnyCase("bytes=") else { return }
    let text = value.extracting(value.trimmed(6..<value.count))
    guard let dash = text.firstIndex(of: UInt8(ascii: "-"), in: text.indices) else { return }
    let first = text.extracting(0..<dash)
    let last = text.extracting((dash + 1)...)
    if first.isEmpty {
      guard let count = last.decimal else { return }
      let length = Int(min(count, UInt64(size)))
      self = length == 0 ? .unsatisfiable : .part(size - length..<size)
      return
    }
    guard let start = first.decimal else { return }
    var end = UInt64(size)
    if !last.isEmpty {
      guard let index = last.decimal, index >= start else { return }
      end = index >= end ? end : index + 1
    }
    self = start >= UInt64(size) ? .unsatisfiable : .part(Int(start)..<Int(end))
  }
}
