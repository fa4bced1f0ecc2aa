// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How long to wait for an acknowledgment (RFC 6298), in nanoseconds.
struct RoundTripEstimator {
  /// The least and the most that `timeout` is. The least is below the second of the RFC (section 2.4), as
  /// in every system of today: clocks are finer now than the networks of 1988.
  static let (smallestTimeout, largestTimeout) = (UInt64(200_000_000), UInt64(60_000_000_000))
  private static let initialTimeout: UInt64 = 1_000_000_000

  /// SRTT; 0 as long as nothing was measured.
  private(set) var smoothed: UInt64 = 0
  /// RTTVAR
  private(set) var variation: UInt64 = 0
  /// The smallest so far; 0 as long as nothing was measured.
  private(set) var minimum: UInt64 = 0
  private var backOffs: UInt64 = 0

  /// Takes note of a round trip of a segment that was sent once.
  mutating func add(sampleNanoseconds sample: UInt64) {
    // More than any network's would overflow below.
    let sample = max(1, min(sample, Self.largestTimeout))
    backOffs = 0
    if smoothed == 0 {
      (smoothed, variation, minimum) = (sample, sample / 2, sample)
      return
    }
    let difference = sample > smoothed ? sample - smoothed : smoothed - sample
    variation = (3 * variation + difference) / 4
    smoothed = (7 * smoothed + sample) / 8
    minimum = min(minimum, sample)
  }

  /// RTO
  var timeout: UInt64 {
    let base = smoothed == 0 ? Self.initialTimeout : smoothed + 4 * variation
    let least = max(base, Self.smallestTimeout)
    return min(least << backOffs, Self.largestTimeout)
  }

  /// Doubles the timeout, until a round trip is measured (section 5.5).
  mutating func backOff() {
    backOffs = min(backOffs + 1, 8)
  }
}
