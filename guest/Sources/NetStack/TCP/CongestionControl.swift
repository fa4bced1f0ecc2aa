// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How many bytes may be on the way (RFC 5681), by one of two algorithms: CUBIC (RFC 9438) or NewReno
/// (RFC 6582, whose recovery is that of whoever uses this).
public struct CongestionControl: Sendable {
  /// An algorithm.
  public enum Algorithm: Sendable {
    /// RFC 9438
    case cubic
    /// RFC 5681
    case newReno
  }

  private enum Growth {
    case cubic(Cubic)
    case newReno(NewReno)
  }

  private struct Undo {
    var window: Int
    var slowStartThreshold: Int
    var growth: Growth
  }

  /// cwnd, in bytes
  package private(set) var window: Int
  /// ssthresh, in bytes
  package private(set) var slowStartThreshold = Int.max
  /// SMSS
  package private(set) var segmentSize: Int
  private var growth: Growth
  private var lastRoundTrip: UInt64 = 0
  /// Whether nothing has changed the window yet.
  private var isInitial = true
  private var undo: Undo?

  /// The window of a connection that has just been opened (RFC 6928).
  package init(_ algorithm: Algorithm, segmentSize: Int) {
    self.segmentSize = max(1, segmentSize)
    window = Self.initialWindow(segmentSize: self.segmentSize)
    growth =
      switch algorithm {
      case .cubic: .cubic(Cubic())
      case .newReno: .newReno(NewReno())
      }
  }

  private static func initialWindow(segmentSize: Int) -> Int {
    min(10 * segmentSize, max(2 * segmentSize, 14_600))
  }

  /// Whether the window grows by what is acknowledged.
  package var isInSlowStart: Bool { window < slowStartThreshold }

  /// `bytes` were acknowledged for the first time, outside of recovery. The window grows where it was
  /// what held the sender up.
  package mutating func acknowledged(
    _ bytes: Int, roundTrip: UInt64?, isWindowLimited: Bool, at now: Instant
  ) {
    if let roundTrip {
      lastRoundTrip = min(roundTrip, RoundTripEstimator.longestTimeout)
    }
    guard isWindowLimited else {
      pause(at: now)
      return
    }
    isInitial = false
    var remaining = max(0, bytes)
    if isInSlowStart {
      let grown = min(remaining, slowStartThreshold - window)
      window += grown
      remaining -= grown
    }
    if remaining > 0 {
      avoidCongestion(remaining, at: now)
    }
    window = min(window, Self.largestWindow)
  }

  /// More than window scaling allows (RFC 7323, section 2.3).
  private static let largestWindow = 1 << 30

  private mutating func avoidCongestion(_ bytes: Int, at now: Instant) {
    switch growth {
    case .cubic(var cubic):
      window += cubic.growth(
        acknowledging: bytes, window: window, segmentSize: segmentSize, roundTrip: lastRoundTrip,
        at: now)
      growth = .cubic(cubic)
    case .newReno(var newReno):
      window += newReno.growth(acknowledging: bytes, window: window, segmentSize: segmentSize)
      growth = .newReno(newReno)
    }
  }

  private mutating func pause(at now: Instant) {
    if case .cubic(var cubic) = growth {
      cubic.pause(at: now)
      growth = .cubic(cubic)
    }
  }

  /// A loss was found by acknowledgments while `flight` bytes were sent and not acknowledged: recovery
  /// begins, with a smaller window.
  package mutating func lossDetected(flight: Int, at now: Instant) {
    remember()
    let segments = Double(window) / Double(segmentSize)
    switch growth {
    case .cubic(var cubic):
      cubic.reduce(window: segments)
      growth = .cubic(cubic)
      reduceThreshold(flight: flight, by: Cubic.decrease)
    case .newReno(var newReno):
      newReno.reduce()
      growth = .newReno(newReno)
      reduceThreshold(flight: flight, by: NewReno.decrease)
    }
    window = slowStartThreshold
  }

  /// The retransmission timer expired (RFC 5681, section 3.1).
  package mutating func timedOut(flight: Int, at now: Instant) {
    // When it expires again before anything was acknowledged, the threshold stays.
    let isRepeated = !isInitial && window <= segmentSize
    if !isRepeated {
      remember()
    }
    switch growth {
    case .cubic(var cubic):
      cubic.restart(window: Double(window) / Double(segmentSize))
      growth = .cubic(cubic)
      if !isRepeated {
        reduceThreshold(flight: flight, by: Cubic.decrease)
      }
    case .newReno(var newReno):
      newReno.reduce()
      growth = .newReno(newReno)
      if !isRepeated {
        reduceThreshold(flight: flight, by: NewReno.decrease)
      }
    }
    window = segmentSize
  }

  private mutating func reduceThreshold(flight: Int, by factor: Double) {
    let flight = Double(min(max(0, flight), window))
    slowStartThreshold = max(Int(flight * factor), 2 * segmentSize)
    isInitial = false
  }

  private mutating func remember() {
    undo = Undo(window: window, slowStartThreshold: slowStartThreshold, growth: growth)
  }

  /// What the last loss did is taken back, because nothing had been lost (RFC 9438, section 4.9).
  package mutating func undoReduction() {
    guard let undo else { return }
    window = max(window, undo.window)
    slowStartThreshold = max(slowStartThreshold, undo.slowStartThreshold)
    growth = undo.growth
    self.undo = nil
  }

  /// Nothing was sent for some time: when that is longer than the timeout, the window is at most the
  /// initial one, because what was known of the path is out of date (RFC 5681, section 4.1).
  package mutating func idle(for nanoseconds: UInt64, timeout: UInt64) {
    guard nanoseconds > timeout else { return }
    window = min(window, Self.initialWindow(segmentSize: segmentSize))
    if case .cubic(var cubic) = growth {
      cubic.suspend()
      growth = .cubic(cubic)
    }
  }

  /// The path or the peer takes segments of another size. The window stays as many bytes, unless it is
  /// the initial one.
  package mutating func segmentSizeChanged(to size: Int) {
    let size = max(1, size)
    if case .cubic(var cubic) = growth {
      cubic.rescale(by: Double(segmentSize) / Double(size))
      growth = .cubic(cubic)
    }
    segmentSize = size
    window = isInitial ? Self.initialWindow(segmentSize: size) : max(window, size)
  }
}
