// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Testing

struct CongestionControlTests {
  private static let both: [CongestionControl.Algorithm] = [.cubic, .newReno]
  private let size = 1000

  private func at(_ milliseconds: UInt64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  /// Acknowledges a whole window, a segment at a time.
  private func roundTrip(_ control: inout CongestionControl, of: UInt64, from start: UInt64) {
    for _ in 0..<control.window / size {
      control.acknowledged(
        size, roundTrip: of * 1_000_000, isWindowLimited: true, at: at(start + of))
    }
  }

  /// A window of 100 segments, at the end of slow start.
  private func grown(_ algorithm: CongestionControl.Algorithm) -> CongestionControl {
    var control = CongestionControl(algorithm, segmentSize: size)
    control.acknowledged(90 * size, roundTrip: nil, isWindowLimited: true, at: at(0))
    #expect(control.window == 100 * size)
    return control
  }

  @Test(arguments: [(500, 5000), (1460, 14_600), (4000, 14_600), (9000, 18_000)])
  func initialWindowIsThatOfRFC6928(size: Int, window: Int) {
    var control = CongestionControl(.cubic, segmentSize: size)
    #expect(control.window == window)
    control.segmentSizeChanged(to: 536)
    #expect(control.window == 5360)
  }

  @Test(arguments: both)
  func slowStartDoublesTheWindowEachRoundTrip(_ algorithm: CongestionControl.Algorithm) {
    var control = CongestionControl(algorithm, segmentSize: size)
    roundTrip(&control, of: 10, from: 0)
    #expect(control.window == 20 * size)
    control.acknowledged(size, roundTrip: nil, isWindowLimited: false, at: at(20))
    #expect(control.window == 20 * size, "what is not used does not grow")
  }

  @Test func newRenoHalvesAndGrowsBySegments() {
    var control = grown(.newReno)
    control.lossDetected(flight: 100 * size, at: at(100))
    #expect(control.window == 50 * size && control.slowStartThreshold == 50 * size)
    roundTrip(&control, of: 10, from: 100)
    #expect(control.window == 51 * size)
    roundTrip(&control, of: 10, from: 110)
    #expect(control.window == 52 * size)
  }

  @Test func cubicComesBackToWhereItWasAfterK() {
    var control = grown(.cubic)
    control.lossDetected(flight: 100 * size, at: at(0))
    #expect(control.window == 70 * size && control.slowStartThreshold == 70 * size)
    // K is the cube root of 30 / 0.4, which is 4.217 s. With 100 ms of round trip, CUBIC is faster
    // than Reno all the way.
    var windows: [Int] = []
    for step in 0..<70 as Range<UInt64> {
      roundTrip(&control, of: 100, from: step * 100)
      windows.append(control.window / size)
    }
    #expect(windows[10] > 85, "concave: fast at first")
    #expect((98...101).contains(windows[41]), "flat at the old maximum")
    #expect(windows[69] > 104 && windows[69] < 115, "convex behind it")
    for (one, next) in zip(windows, windows.dropFirst()) {
      #expect(one <= next)
    }
  }

  @Test func cubicIsNoSlowerThanRenoOnAShortPath() {
    var control = grown(.cubic)
    control.lossDetected(flight: 100 * size, at: at(0))
    for step in 0..<100 as Range<UInt64> {
      roundTrip(&control, of: 1, from: step)
    }
    // 30 segments at 0.529 a round trip until the old window, then one each.
    #expect((130...160).contains(control.window / size))
  }

  @Test func cubicConvergesFast() {
    var control = grown(.cubic)
    control.lossDetected(flight: 100 * size, at: at(0))
    control.acknowledged(size, roundTrip: 100_000_000, isWindowLimited: true, at: at(100))
    control.lossDetected(flight: 70 * size, at: at(200))
    #expect((48...50).contains(control.window / size))
    // W_max is 0.85 of 70 segments, 59.5, and K the cube root of 10.5 / 0.4, 2.97 s: there the curve
    // is flat, and not at 70.
    for step in 0..<9 as Range<UInt64> {
      roundTrip(&control, of: 400, from: 200 + step * 400)
    }
    #expect((58...61).contains(control.window / size))
  }

  @Test(arguments: both)
  func timeoutLeavesOneSegment(_ algorithm: CongestionControl.Algorithm) {
    var control = grown(algorithm)
    control.timedOut(flight: 80 * size, at: at(0))
    #expect(control.window == size)
    let threshold = algorithm == .cubic ? 56 * size : 40 * size
    #expect(control.slowStartThreshold == threshold)
    control.timedOut(flight: size, at: at(1000))
    #expect(control.slowStartThreshold == threshold, "it is held while nothing gets through")
    control.acknowledged(2 * size, roundTrip: nil, isWindowLimited: true, at: at(2000))
    #expect(control.window == 3 * size && control.isInSlowStart)
  }

  @Test(arguments: both)
  func windowStaysAboveOneSegmentWhateverIsLost(_ algorithm: CongestionControl.Algorithm) {
    var control = CongestionControl(algorithm, segmentSize: size)
    for step in 0..<10 as Range<UInt64> {
      control.lossDetected(flight: 0, at: at(step))
    }
    #expect(control.window == 2 * size)
    control.segmentSizeChanged(to: 9000)
    #expect(control.window >= 9000)
  }

  @Test(arguments: both)
  func aReductionIsTakenBack(_ algorithm: CongestionControl.Algorithm) {
    var control = grown(algorithm)
    control.timedOut(flight: 80 * size, at: at(0))
    control.timedOut(flight: 80 * size, at: at(1000))
    control.undoReduction()
    #expect(control.window == 100 * size && control.isInSlowStart)
  }

  @Test(arguments: both)
  func idlenessRestartsTheWindow(_ algorithm: CongestionControl.Algorithm) {
    var control = grown(algorithm)
    control.idle(for: 200, timeout: 200)
    #expect(control.window == 100 * size)
    control.idle(for: 201, timeout: 200)
    #expect(control.window == 10 * size)
  }

  @Test func timeWithoutNeedOfTheWindowDoesNotCount() {
    var control = grown(.cubic)
    control.lossDetected(flight: 100 * size, at: at(0))
    roundTrip(&control, of: 100, from: 0)
    let window = control.window
    for step in 0..<600 as Range<UInt64> {
      control.acknowledged(
        size, roundTrip: 100_000_000, isWindowLimited: false, at: at(200 + step * 100))
    }
    roundTrip(&control, of: 100, from: 60_200)
    #expect(control.window < window + 5 * size)
  }

  @Test(arguments: both)
  func absurdNumbersDoNotTrap(_ algorithm: CongestionControl.Algorithm) {
    var control = CongestionControl(algorithm, segmentSize: 1)
    for step in 0..<200 as Range<UInt64> {
      control.acknowledged(
        1 << 40, roundTrip: .max, isWindowLimited: true,
        at: Instant(nanoseconds: .max / 200 * step))
      if step % 50 == 7 {
        control.lossDetected(flight: 1 << 40, at: Instant(nanoseconds: .max / 200 * step))
      }
    }
    #expect(control.window > 0 && control.window <= 1 << 30)
  }
}
