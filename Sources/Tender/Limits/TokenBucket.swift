// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A rate that holds in the long run and lets short bursts pass.
///
/// The bucket fills at the rate, and holds what comes together in `burstNanoseconds`. Something passes,
/// however large, when there is anything in the bucket; what is missing then is owed, and nothing else
/// passes until it is paid back. So no size is too large for a rate, and none is cut in pieces.
///
/// Times are CLOCK_MONOTONIC's in nanoseconds, and the caller's to tell.
struct TokenBucket: Sendable {
  private let unitsPerSecond: UInt64
  private let burstNanoseconds: UInt64
  /// When everything that has passed would have passed at the rate.
  private var due: UInt64 = 0

  /// What a bucket holds unless told otherwise: what comes together in a tenth of a second.
  static let usualBurst: UInt64 = 100_000_000
  private static let second: UInt64 = 1_000_000_000

  /// A full bucket. The rate is positive.
  init(unitsPerSecond: UInt64, burstNanoseconds: UInt64 = usualBurst) {
    precondition(unitsPerSecond > 0 && burstNanoseconds > 0)
    self.unitsPerSecond = unitsPerSecond
    self.burstNanoseconds = burstNanoseconds
  }

  /// A bucket that has only what came together in `nanoseconds` at the time `now`.
  init(unitsPerSecond: UInt64, holding nanoseconds: UInt64, at now: UInt64) {
    self.init(unitsPerSecond: unitsPerSecond)
    due = now &+ (burstNanoseconds - min(nanoseconds, burstNanoseconds))
  }

  /// How long nothing may pass, in nanoseconds from `now`: 0 when there is something in the bucket.
  func wait(at now: UInt64) -> UInt64 {
    let (end, overflow) = now.addingReportingOverflow(burstNanoseconds)
    return overflow || due < end ? 0 : due - end + 1
  }

  /// Takes `count` units out for what passes at the time `now`.
  mutating func charge(_ count: UInt64, at now: UInt64) {
    let product = count.multipliedFullWidth(by: Self.second)
    // A wait of half of all time is for ever, and leaves room to add to.
    var cost = UInt64.max / 2
    if product.high < unitsPerSecond {
      let (quotient, remainder) = unitsPerSecond.dividingFullWidth(product)
      cost = min(cost, quotient < cost && remainder > 0 ? quotient + 1 : quotient)
    }
    let (sum, overflow) = max(due, now).addingReportingOverflow(cost)
    due = overflow ? .max : sum
  }

  /// The units in the bucket at the time `now`; 0 when some are owed.
  func units(at now: UInt64) -> UInt64 {
    let (end, overflow) = now.addingReportingOverflow(burstNanoseconds)
    let nanoseconds = overflow || due >= end ? 0 : end - max(due, now)
    // At most what comes together in a burst.
    let product = nanoseconds.multipliedFullWidth(by: unitsPerSecond)
    guard product.high < Self.second else { return .max }
    return Self.second.dividingFullWidth(product).quotient
  }
}
