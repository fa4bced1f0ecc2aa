// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The growth of a window by the cube of the time since it was reduced (RFC 9438), in segments and
/// seconds.
struct Cubic {
  /// The factor of the cube, and what is left of a window that was too large (section 5).
  private static let (c, beta) = (0.4, 0.7)

  /// W_max, in bytes, so that the size of segments may change.
  private var largest = 0.0
  /// When the growth began; nil before the first acknowledgment behind a reduction.
  private var start: Instant?
  /// K
  private var timeToLargest = 0.0
  /// W_est: the window that NewReno would have.
  private var friendly = 0.0

  /// The window after an acknowledgment of `bytes` (sections 4.2 to 4.5).
  mutating func grow(
    _ window: Int, by bytes: Int, segmentSize: Int, roundTrip: UInt64, at now: Instant
  ) -> Int {
    let size = Double(segmentSize)
    let segments = Double(window) / size
    if start == nil {
      begin(segments, size, at: now)
    }
    let acknowledged = Double(bytes) / size
    let time = seconds(now.nanoseconds(since: start ?? now))
    let target = min(
      max(cube(time + seconds(roundTrip), size), segments), 1.5 * segments)
    // Behind W_max, where the estimate has made up for the smaller reduction, it grows as NewReno.
    let alpha = friendly >= largest / size ? 1 : 3 * (1 - Self.beta) / (1 + Self.beta)
    friendly += alpha * acknowledged / segments
    let grown =
      cube(time, size) < friendly
      ? max(friendly, segments) : segments + (target - segments) / segments * acknowledged
    // At most as in slow start.
    return min(Int(grown * size), window + bytes)
  }

  private mutating func begin(_ segments: Double, _ size: Double, at now: Instant) {
    start = now
    friendly = segments
    let most = largest / size
    if segments < most {
      timeToLargest = cubeRoot((most - segments) / Self.c)
    } else {
      timeToLargest = 0
      largest = segments * size
    }
  }

  /// W_cubic (section 4.2)
  private func cube(_ time: Double, _ size: Double) -> Double {
    let distance = time - timeToLargest
    return Self.c * distance * distance * distance + largest / size
  }

  /// The window was too large. When it had not come to where it was before, others need room (section
  /// 4.7).
  mutating func reduce(_ window: Int) {
    let bytes = Double(window)
    largest = bytes < largest ? bytes * (1 + Self.beta) / 2 : bytes
    start = nil
  }

  /// The growth begins anew.
  mutating func restart() {
    start = nil
  }

  private func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }

  /// By Newton's method.
  private func cubeRoot(_ value: Double) -> Double {
    guard value > 0 else { return 0 }
    var root = max(1, value / 3)
    for _ in 0..<60 {
      let next = (2 * root + value / (root * root)) / 3
      if next >= root && root * root * root <= value * 1.000001 {
        break
      }
      root = next
    }
    return root
  }
}
