// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
import NetStack

extension NetStack.Instant {
  /// The present instant.
  static var now: NetStack.Instant {
    NetStack.Instant(nanoseconds: MonotonicClock.now.nanoseconds)
  }
}

extension MonotonicClock.Instant {
  /// The instant at which a time that begins now is over; nil for no limit.
  static func after(_ duration: Duration?) -> MonotonicClock.Instant? {
    duration.map { MonotonicClock.now.advanced(by: $0) }
  }
}

extension Duration {
  /// The time up to an instant, at most that of centuries.
  static func until(_ instant: NetStack.Instant) -> Duration {
    .nanoseconds(Int64(clamping: instant.nanoseconds(since: .now)))
  }
}
