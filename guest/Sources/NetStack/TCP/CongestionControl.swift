// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How much may be on its way: the congestion window, in bytes.
public struct CongestionControl: Sendable {
  /// Ways to find it.
  public enum Algorithm: Sendable {
    /// RFC 9438
    case cubic
    /// RFC 5681 and RFC 6582
    case newReno
  }

  /// cwnd
  private(set) var window: Int
  /// ssthresh
  private(set) var slowStartThreshold = Int.max
  private var segmentSize: Int
  private let algorithm: Algorithm
  private var cubic = Cubic()
  /// What was acknowledged since the window of NewReno grew.
  private var credit = 0

  /// Starts with the window of RFC 6928, section 2.
  init(_ algorithm: Algorithm, segmentSize: Int) {
    self.algorithm = algorithm
    self.segmentSize = segmentSize
    window = Self.initialWindow(segmentSize)
  }

  private static func initialWindow(_ segmentSize: Int) -> Int {
    min(10 * segmentSize, max(2 * segmentSize, 14_600))
  }

  /// `bytes` were acknowledged for the first time. A window that did not hold the sender back does not
  /// grow (RFC 7661). `roundTrip` is the smoothed time.
  mutating func acknowledged(
    _ bytes: Int, roundTrip: UInt64?, isWindowLimited: Bool, at now: Instant
  ) {
    guard isWindowLimited, bytes > 0 else { return }
    if window < slowStartThreshold {
      // Acknowledgments are for many segments, which count all (RFC 3465).
      window = min(window + bytes, max(slowStartThreshold, window))
      return
    }
    switch algorithm {
    case .cubic:
      window = cubic.grow(
        window, by: bytes, segmentSize: segmentSize, roundTrip: roundTrip ?? 0, at: now)
    case .newReno:
      credit += bytes
      if credit >= window {
        credit -= window
        window += segmentSize
      }
    }
  }

  /// A segment was lost that others have arrived behind; `flight` bytes were on their way.
  mutating func lossDetected(flight: Int, at now: Instant) {
    reduceThreshold(flight: flight)
    window = slowStartThreshold
  }

  /// No acknowledgment came at all.
  mutating func timedOut(flight: Int, at now: Instant) {
    reduceThreshold(flight: flight)
    window = segmentSize
  }

  private mutating func reduceThreshold(flight: Int) {
    // What the application has not used of the window says nothing of the network.
    let used = min(window, max(flight, 0))
    credit = 0
    switch algorithm {
    case .cubic:
      cubic.reduce(window)
      slowStartThreshold = max(used * 7 / 10, 2 * segmentSize)
    case .newReno:
      slowStartThreshold = max(used / 2, 2 * segmentSize)
    }
  }

  /// Nothing was sent for a time: what the window was says little of the network now (RFC 5681, section
  /// 4.1).
  mutating func idle(for nanoseconds: UInt64, timeout: UInt64) {
    if nanoseconds > timeout {
      window = min(window, Self.initialWindow(segmentSize))
      cubic.restart()
    }
  }

  /// Segments have another size now.
  mutating func segmentSizeChanged(to size: Int) {
    segmentSize = size
    window = max(window, size)
  }
}
