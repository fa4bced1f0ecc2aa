// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Whether what was taken for lost in the last recovery was not: everything that was sent again
/// arrived twice (RFC 3708; RFC 9438, section 4.9).
struct TCPUndo {
  /// What was in flight when the recovery began.
  private var start: UInt64 = 0
  private var end: UInt64 = 0
  /// The bytes that were sent again and are not known to have arrived twice.
  private var count = 0

  /// A recovery begins.
  mutating func begin(_ range: Range<UInt64>) {
    start = range.lowerBound
    end = range.upperBound
    count = 0
  }

  /// The recovery was needed.
  mutating func cancel() {
    self = TCPUndo()
  }

  /// `count` bytes are sent again.
  mutating func sentAgain(_ count: Int) {
    self.count += count
  }

  /// `range` has arrived twice. Returns whether that was the last of what was sent again.
  mutating func sawDuplicate(_ range: Range<UInt64>) -> Bool {
    guard count > 0, range.lowerBound >= start, range.upperBound <= end else { return false }
    count -= range.count
    if count > 0 {
      return false
    }
    cancel()
    return true
  }
}
