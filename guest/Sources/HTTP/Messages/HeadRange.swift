// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A part of a head, small because heads are copied often.
struct HeadRange {
  /// The largest head.
  static let limit = Int(UInt16.max)

  private let start: UInt16
  private let end: UInt16

  init(_ range: Range<Int>) {
    start = UInt16(range.lowerBound)
    end = UInt16(range.upperBound)
  }

  var range: Range<Int> { Int(start)..<Int(end) }
}
