// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A limit to how often something is done, which lets bursts pass (RFC 4443, section 2.4 f).
public struct TokenBucket: Sendable {
  private let interval: UInt64
  private let capacity: UInt64
  /// The time that was saved up for events, in nanoseconds.
  private var saved: UInt64
  private var last = Instant(nanoseconds: 0)

  /// Lets `perSecond` events a second pass in the long run, and `burst` at once.
  public init(perSecond: UInt64, burst: UInt64) {
    precondition(perSecond > 0 && burst > 0, "a limit that nothing passes")
    interval = 1_000_000_000 / perSecond
    capacity = interval * burst
    saved = capacity
  }

  /// Whether an event may happen now. If so, it counts.
  public mutating func take(at now: Instant) -> Bool {
    saved = min(capacity, saved + min(capacity, now.nanoseconds(since: last)))
    last = max(last, now)
    guard saved >= interval else { return false }
    saved -= interval
    return true
  }
}
