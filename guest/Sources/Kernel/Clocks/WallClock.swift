// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The time of day. It is read from the host once; from then on it follows the monotonic clock.
public struct WallClock {
  /// A point in time since 1970.
  public struct Instant: InstantProtocol {
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    public var nanosecondsSince1970: UInt64

    /// The point that lies `nanosecondsSince1970` after 1970-01-01 00:00 UTC.
    public init(nanosecondsSince1970: UInt64) {
      self.nanosecondsSince1970 = nanosecondsSince1970
    }

    /// This instant moved by `duration`, held at the ends of the clock's range.
    public func advanced(by duration: Duration) -> Instant {
      Instant(nanosecondsSince1970: nanosecondsSince1970.advanced(by: duration))
    }

    /// The time from this instant to `other`.
    public func duration(to other: Instant) -> Duration {
      nanosecondsSince1970.duration(to: other.nanosecondsSince1970)
    }

    /// Whether `left` comes before `right`.
    public static func < (left: Instant, right: Instant) -> Bool {
      left.nanosecondsSince1970 < right.nanosecondsSince1970
    }
  }

  /// The present instant.
  public static var now: Instant { Instant(nanosecondsSince1970: sl_clock_wall()) }
}
