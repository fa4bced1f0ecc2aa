// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

// Times of the clocks are unsigned nanoseconds; durations of Swift are signed attoseconds.
extension UInt64 {
  func advanced(by duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    let whole = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let sum = whole.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000)
    if whole.overflow || sum.overflow {
      return seconds < 0 ? 0 : .max
    }
    let result =
      sum.partialValue < 0
      ? subtractingReportingOverflow(sum.partialValue.magnitude)
      : addingReportingOverflow(sum.partialValue.magnitude)
    return result.overflow ? (sum.partialValue < 0 ? 0 : .max) : result.partialValue
  }

  func duration(to other: UInt64) -> Duration {
    other >= self
      ? .seconds(Int64((other - self) / 1_000_000_000))
        + .nanoseconds(Int64((other - self) % 1_000_000_000))
      : .zero - other.duration(to: self)
  }
}
