// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Testing

struct TimeScaleTests {
  @Test(arguments: [
    1, 3, 1000, 999_999_937, 1_000_000_000, 1_000_000_001, 2_599_998_000, 5_000_000_000, 1 << 62,
  ])
  func convertsSeconds(frequency: UInt64) {
    let scale = sl_time_scale_make(frequency)
    for seconds in [0, 1, 60, 3600, 86400, 31_536_000, 3_153_600_000] as [UInt64] {
      let ticks = seconds.multipliedReportingOverflow(by: frequency)
      guard !ticks.overflow else { continue }
      let nanoseconds = sl_time_scale_nanoseconds(scale, ticks.partialValue)
      let expected = seconds * 1_000_000_000
      #expect(nanoseconds <= expected && nanoseconds + 1 >= expected)
    }
  }

  @Test func neverGoesBack() {
    let scale = sl_time_scale_make(2_599_998_000)
    var last: UInt64 = 0
    for tick in 0..<100_000 as Range<UInt64> {
      let now = sl_time_scale_nanoseconds(scale, 1 << 50 + tick)
      #expect(now >= last)
      last = now
    }
  }
}
