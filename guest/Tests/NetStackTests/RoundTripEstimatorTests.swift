// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Testing

struct RoundTripEstimatorTests {
  private let millisecond: UInt64 = 1_000_000

  @Test func firstTimeoutIsASecond() {
    let estimator = RoundTripEstimator()
    #expect(estimator.timeout == 1000 * millisecond)
    #expect(!estimator.hasSample)
  }

  @Test func firstSampleIsTheEstimate() {
    var estimator = RoundTripEstimator()
    estimator.add(sampleNanoseconds: 400 * millisecond)
    #expect(estimator.smoothed == 400 * millisecond)
    #expect(estimator.variation == 200 * millisecond)
    #expect(estimator.minimum == 400 * millisecond)
    #expect(estimator.timeout == 1200 * millisecond)
  }

  @Test func laterSamplesCountAnEighthAndAQuarter() {
    var estimator = RoundTripEstimator()
    estimator.add(sampleNanoseconds: 400 * millisecond)
    estimator.add(sampleNanoseconds: 480 * millisecond)
    #expect(estimator.variation == 170 * millisecond)
    #expect(estimator.smoothed == 410 * millisecond)
    #expect(estimator.minimum == 400 * millisecond)
  }

  @Test func timeoutIsAtLeastTheMarginAboveTheSmoothedTime() {
    var estimator = RoundTripEstimator()
    for _ in 0..<100 {
      estimator.add(sampleNanoseconds: 50_000)
    }
    #expect(estimator.timeout >= 200 * millisecond)
    #expect(estimator.timeout < 201 * millisecond)
  }

  @Test func timeoutDoublesUpToAMinuteUntilTheNextSample() {
    var estimator = RoundTripEstimator()
    estimator.backOff()
    #expect(estimator.timeout == 2000 * millisecond)
    for _ in 0..<300 {
      estimator.backOff()
    }
    #expect(estimator.timeout == 60_000 * millisecond)
    estimator.add(sampleNanoseconds: 100 * millisecond)
    #expect(estimator.timeout == 300 * millisecond)
  }

  @Test func absurdSamplesDoNotTrap() {
    var estimator = RoundTripEstimator()
    estimator.add(sampleNanoseconds: .max)
    estimator.add(sampleNanoseconds: 0)
    estimator.add(sampleNanoseconds: .max)
    #expect(estimator.timeout == 60_000 * millisecond)
  }
}
