// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension CongestionControl {
  /// Congestion avoidance as RFC 9438, section 4, has it, with its names. Windows are counted in
  /// segments, times in seconds.
  struct Cubic: Sendable {
    /// beta_cubic: what a window is multiplied by after a loss.
    static let decrease = 0.7
    private static let scale = 0.4
    /// alpha_cubic, by which the estimate grows like Reno until it is where it came from.
    private static let additive = 3 * (1 - decrease) / (1 + decrease)

    /// W_max
    private var maximum = 0.0
    /// K
    private var timeToMaximum = 0.0
    /// W_est
    private var estimate = 0.0
    /// cwnd_prior
    private var prior = 0.0
    /// What the window has grown by beyond whole bytes, in segments.
    private var fraction = 0.0
    /// t_epoch, nil until congestion avoidance begins.
    private var epoch: Instant?
    private var lastGrowth = Instant(nanoseconds: 0)

    /// How much the window grows, in bytes, when `bytes` are acknowledged.
    mutating func growth(
      acknowledging bytes: Int, window: Int, segmentSize: Int, roundTrip: UInt64, at now: Instant
    ) -> Int {
      let size = Double(segmentSize)
      let current = Double(window) / size
      let segments = Double(bytes) / size
      let start = epoch ?? begin(window: current, at: now)
      lastGrowth = now
      let time = Double(now.nanoseconds(since: start) &+ roundTrip) * 1e-9
      let target = min(max(cubic(time), current), 1.5 * current)
      estimate += (estimate < prior ? Self.additive : 1) * segments / current
      var growth = (target - current) / current * segments
      if cubic(Double(now.nanoseconds(since: start)) * 1e-9) < estimate {
        growth = max(growth, estimate - current)
      }
      // However much one acknowledgment covers, the window stays below the target.
      growth = min(growth, max(target, estimate) - current) * size + fraction
      let whole = max(0, growth.rounded(.down))
      fraction = min(max(0, growth - whole), 1)
      return Int(whole)
    }

    /// W_cubic
    private func cubic(_ time: Double) -> Double {
      let distance = time - timeToMaximum
      return Self.scale * distance * distance * distance + maximum
    }

    private mutating func begin(window: Double, at now: Instant) -> Instant {
      if maximum > window {
        timeToMaximum = cubeRoot((maximum - window) / Self.scale)
      } else {
        timeToMaximum = 0
        maximum = window
      }
      estimate = window
      epoch = now
      return now
    }

    /// Takes the time since the last growth out of the account, because nothing held the sender up but
    /// the application (RFC 9438, section 5.8).
    mutating func pause(at now: Instant) {
      if let start = epoch {
        epoch = start.advanced(byNanoseconds: now.nanoseconds(since: lastGrowth))
        lastGrowth = now
      }
    }

    /// A loss while the window was `window` segments.
    mutating func reduce(window: Double) {
      // Fast convergence: a window that did not get to where it was leaves room for others.
      maximum = window < maximum ? window * (1 + Self.decrease) / 2 : window
      prior = window
      fraction = 0
      epoch = nil
    }

    /// After a timeout nothing of the past counts (RFC 9438, section 4.8).
    mutating func restart(window: Double) {
      maximum = 0
      prior = window
      fraction = 0
      epoch = nil
    }

    /// Congestion avoidance is left for slow start.
    mutating func suspend() {
      epoch = nil
    }

    /// The segments have become `factor` times as many for the same bytes.
    mutating func rescale(by factor: Double) {
      maximum *= factor
      estimate *= factor
      prior *= factor
      epoch = nil
    }
  }
}

/// The cube root of a number that is not negative.
func cubeRoot(_ number: Double) -> Double {
  guard number > 0 else { return 0 }
  // A third of the exponent, and with it of the logarithm, is near enough to begin with.
  var root = Double(bitPattern: number.bitPattern / 3 + 0x2a9f_7893_782d_a1ce)
  for _ in 0..<4 {
    root -= (root * root * root - number) / (3 * root * root)
  }
  return root
}
