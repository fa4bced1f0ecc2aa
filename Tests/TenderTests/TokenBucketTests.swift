// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

@testable import Tender

@Suite struct TokenBucketTests {
  private static let second: UInt64 = 1_000_000_000
  private static let rates: [UInt64] = [1, 7, 1000, 999_999_999, 1_000_000_000, 3 << 30, .max]

  @Test(arguments: rates)
  func aFullBucketLetsSomethingPass(rate: UInt64) {
    #expect(TokenBucket(unitsPerSecond: rate).wait(at: 0) == 0)
    #expect(TokenBucket(unitsPerSecond: rate).wait(at: .max) == 0)
  }

  /// A thousand a second, a hundred at once.
  @Test func itHoldsWhatComesTogetherInABurst() {
    var bucket = TokenBucket(unitsPerSecond: 1000)
    let now = 5 * Self.second
    for _ in 0..<99 { bucket.charge(1, at: now) }
    #expect(bucket.wait(at: now) == 0)
    #expect(bucket.units(at: now) == 1)
    bucket.charge(1, at: now)
    #expect(bucket.units(at: now) == 0)
    #expect(bucket.wait(at: now) == 1)
    bucket.charge(1, at: now)
    #expect(bucket.wait(at: now) == 1_000_001)
    #expect(bucket.wait(at: now + 1_000_000) == 1)
    #expect(bucket.wait(at: now + 1_000_001) == 0)
  }

  @Test func itIsNeverMoreThanFull() {
    var bucket = TokenBucket(unitsPerSecond: 1000)
    bucket.charge(1, at: 0)
    #expect(bucket.units(at: 1000 * Self.second) == 100)
  }

  @Test func whatIsTooLargeIsOwed() {
    var bucket = TokenBucket(unitsPerSecond: 1000)
    bucket.charge(10_000, at: 0)
    #expect(bucket.wait(at: 0) == 9_900_000_001)
    #expect(bucket.units(at: 0) == 0)
    #expect(bucket.wait(at: 10 * Self.second) == 0)
  }

  @Test func halfABucketIsHalfFull() {
    let bucket = TokenBucket(unitsPerSecond: 1000, holding: 50_000_000, at: Self.second)
    #expect(bucket.units(at: Self.second) == 50)
    #expect(bucket.units(at: 2 * Self.second) == 100)
  }

  /// Whoever passes as soon as something may, for ten seconds.
  @Test(arguments: [1, 9, 64, 1500, 65_536] as [UInt64], [1000, 12_345, 1 << 20, 100 << 20])
  func theRateHolds(size: UInt64, rate: UInt64) {
    var bucket = TokenBucket(unitsPerSecond: rate)
    var (now, passed, count) = (Self.second, UInt64(0), 0)
    let end = 11 * Self.second
    while now < end, count < 200_000 {
      let wait = bucket.wait(at: now)
      guard wait == 0 else {
        now += wait
        continue
      }
      bucket.charge(size, at: now)
      passed += size
      count += 1
    }
    let elapsed = now - Self.second
    let most = Double(rate) * Double(elapsed + 100_000_000) / 1e9 + Double(size)
    #expect(Double(passed) <= most + 1)
    // So small pieces of so much would take the test too long.
    if count < 200_000 { #expect(Double(passed) >= most * 0.98 - 2 * Double(size)) }
  }

  @Test(arguments: rates)
  func nothingOverflows(rate: UInt64) {
    var bucket = TokenBucket(unitsPerSecond: rate)
    for now: UInt64 in [0, 1, .max / 2, .max - 1, .max] {
      for count: UInt64 in [0, 1, .max / 2, .max] {
        bucket.charge(count, at: now)
        _ = bucket.wait(at: now)
        _ = bucket.units(at: now)
      }
    }
    #expect(bucket.wait(at: 0) > 0)
  }

  /// A clock that stands still, or goes back, gives nothing away.
  @Test func timeThatGoesBackIsNoGift() {
    var bucket = TokenBucket(unitsPerSecond: 1000)
    for step in 0..<200 { bucket.charge(1, at: 10 * Self.second - UInt64(step)) }
    #expect(bucket.wait(at: 10 * Self.second) > 99_000_000)
  }
}

@Suite struct ProcessorQuotaTests {
  private static let now = monotonicTime

  private static var monotonicTime: UInt64 { 1 << 60 }

  /// A thread that runs whenever it may, and oversleeps, in steps of a tick, for 10 s.
  @Test(arguments: [1, 10, 25, 50, 90, 99, 100], [0, 1_000_000, 4_000_000] as [UInt64])
  func shareHolds(percent: Int, oversleep: UInt64) {
    let quota = ProcessorQuota(percent: percent)
    let tick: UInt64 = 4_000_000
    var (now, used, last) = (Self.now, UInt64(0), UInt64(0))
    while now < Self.now + 10_000_000_000 {
      switch quota.charge(last, at: now) {
      case .sleep(let time):
        now += time + oversleep
        last = 0
      case .run(let time):
        // The kernel looks at its ticks.
        last = (time + tick - 1) / tick * tick
        now += last
        used += last
      }
    }
    let share = Double(used) / Double(now - Self.now) * 100
    #expect(share <= Double(percent) * 1.02 + 0.5, "\(share)")
    #expect(share >= Double(percent) * 0.93 - 0.1, "\(share)")
  }

  @Test func sleepIsShortAndARunIsNot() {
    let quota = ProcessorQuota(percent: 50)
    guard case .run(let time) = quota.charge(0, at: Self.now) else {
      Issue.record("no run at the start")
      return
    }
    #expect((100_000...100_000_000).contains(time))
    guard case .sleep(let time) = quota.charge(time * 2, at: Self.now) else {
      Issue.record("no sleep")
      return
    }
    #expect(time < 400_000_000)
  }
}
