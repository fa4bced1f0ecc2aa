// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import SystemCalls

/// Whether to return to the guest with what there is, or to wait a moment for more: to leave and enter
/// a guest costs as much as many frames do.
///
/// While little comes at a time, nothing waits. In dense traffic the wait is as long as the guest was
/// away last, at most: that is short where exits are cheap, and costs no more than half of the time
/// anywhere.
struct Batching {
  /// With so many at a time the traffic is dense.
  private static let dense = 8
  /// With so many there is nothing to wait for.
  private static let enough = 128
  /// The longest wait, in nanoseconds.
  private static let limit: UInt64 = 100_000

  private var lastCount = 0
  private var leftAt: UInt64 = 0
  private var end: UInt64 = 0

  /// The guest has called `poll` at the time `now`, to wait for no longer than `limit` nanoseconds.
  mutating func guestCame(at now: UInt64, atMost limit: UInt64 = .max) {
    end = now + min(now - leftAt, Self.limit, limit)
  }

  /// Whether to look once more, because more than `count` chains are to be expected.
  mutating func waitsForMore(than count: Int) -> Bool {
    if lastCount >= Self.dense, count < Self.enough, monotonicNanoseconds() < end { return true }
    lastCount = count
    return false
  }

  /// `poll` returns.
  mutating func guestGoes() { leftAt = monotonicNanoseconds() }
}
