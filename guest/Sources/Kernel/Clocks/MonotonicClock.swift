// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The clock that runs evenly from 0 at the start of the machine.
public struct MonotonicClock {
  /// A point in time since the start of the machine.
  public struct Instant: InstantProtocol {
    /// Nanoseconds since the start of the machine.
    public var nanoseconds: UInt64

    /// The point that lies `nanoseconds` after the start of the machine.
    public init(nanoseconds: UInt64) {
      self.nanoseconds = nanoseconds
    }

    /// This instant moved by `duration`, held at the ends of the clock's range.
    public func advanced(by duration: Duration) -> Instant {
      Instant(nanoseconds: nanoseconds.advanced(by: duration))
    }

    /// The time from this instant to `other`.
    public func duration(to other: Instant) -> Duration {
      nanoseconds.duration(to: other.nanoseconds)
    }

    /// Whether `left` comes before `right`.
    public static func < (left: Instant, right: Instant) -> Bool {
      left.nanoseconds < right.nanoseconds
    }
  }

  /// The present instant.
  public static var now: Instant { Instant(nanoseconds: sl_clock_monotonic()) }
}
