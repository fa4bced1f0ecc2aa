// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What is known of the time to the peer and back, and how long to wait for an acknowledgment
/// (RFC 6298). All times are in nanoseconds.
package struct RoundTripEstimator: Sendable {
  /// The timeout before the first sample.
  package static let initialTimeout: UInt64 = 1_000_000_000
  /// What the timeout is above the smoothed time at least. A peer may keep an acknowledgment back for
  /// about as long, even where it is close by and no time varies.
  package static let leastMargin: UInt64 = 200_000_000
  /// The longest timeout.
  package static let longestTimeout: UInt64 = 60_000_000_000

  /// SRTT, 0 before the first sample.
  package private(set) var smoothed: UInt64 = 0
  /// RTTVAR
  package private(set) var variation: UInt64 = 0
  /// The shortest sample; `UInt64.max` before the first.
  package private(set) var minimum = UInt64.max
  private var backOffCount: UInt8 = 0

  package init() {}

  /// Whether there was a sample.
  package var hasSample: Bool { minimum != .max }

  /// Takes the time to the peer and back of something that was sent once (Karn's algorithm), and takes
  /// back-offs back.
  package mutating func add(sampleNanoseconds: UInt64) {
    // A clock that jumped must not make the arithmetic overflow.
    let sample = min(max(sampleNanoseconds, 1), Self.longestTimeout)
    if hasSample {
      let distance = sample > smoothed ? sample - smoothed : smoothed - sample
      variation = (3 * variation + distance) / 4
      smoothed = (7 * smoothed + sample) / 8
    } else {
      smoothed = sample
      variation = sample / 2
    }
    minimum = min(minimum, sample)
    backOffCount = 0
  }

  /// RTO
  package var timeout: UInt64 {
    let base = hasSample ? smoothed + max(Self.leastMargin, 4 * variation) : Self.initialTimeout
    return min(base << UInt64(backOffCount), Self.longestTimeout)
  }

  /// Doubles the timeout, after it has passed.
  package mutating func backOff() {
    if timeout < Self.longestTimeout {
      backOffCount += 1
    }
  }

  /// Takes back-offs back, where something was acknowledged that gives no sample.
  package mutating func resetBackOff() {
    backOffCount = 0
  }
}
