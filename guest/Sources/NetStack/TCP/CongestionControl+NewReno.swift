// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension CongestionControl {
  /// Congestion avoidance as RFC 5681, section 3.1, has it.
  struct NewReno: Sendable {
    /// What a window is multiplied by after a loss.
    static let decrease = 0.5

    private var acknowledged = 0

    /// How much the window grows when `bytes` are acknowledged: a segment for every window of them.
    mutating func growth(acknowledging bytes: Int, window: Int, segmentSize: Int) -> Int {
      acknowledged += bytes
      guard acknowledged >= window else { return 0 }
      acknowledged -= window
      // An acknowledgment of several windows does not count as several round trips.
      acknowledged = min(acknowledged, window)
      return segmentSize
    }

    mutating func reduce() {
      acknowledged = 0
    }
  }
}
