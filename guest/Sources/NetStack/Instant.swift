// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A point in time, in nanoseconds since the start of the machine. Everything in this module is told
/// what time it is.
public struct Instant: Comparable, Hashable, Sendable {
  /// Nanoseconds since the start of the machine.
  public var nanoseconds: UInt64

  /// The point that lies `nanoseconds` after the start of the machine.
  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// Whether `left` comes before `right`.
  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The instant `nanoseconds` later, held at the end of the range.
  public func advanced(byNanoseconds nanoseconds: UInt64) -> Instant {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// The nanoseconds since `earlier`, 0 if that lies in the future.
  public func nanoseconds(since earlier: Instant) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }
}
