// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Synchronization
internal import SystemCalls

/// How much processor time a machine's threads may take together.
final class ProcessorQuota: Sendable {
  /// In hundredths of one processor.
  private let percent: UInt64
  private let bucket: Mutex<TokenBucket>

  init(percent: Int) {
    self.percent = UInt64(percent)
    // Half full: a guest that never rests has no more in its first second than in any other.
    bucket = Mutex(
      TokenBucket(
        unitsPerSecond: UInt64(percent) * 10_000_000, holding: TokenBucket.usualBurst / 2,
        at: monotonicNanoseconds()))
  }

  /// What a thread is to do now, in nanoseconds.
  enum Verdict: Equatable {
    /// To sleep for so long.
    case sleep(UInt64)
    /// To ask again after so much processor time.
    case run(UInt64)
  }

  /// Counts `nanoseconds` of processor time.
  func charge(_ nanoseconds: UInt64, at now: UInt64) -> Verdict {
    let (wait, units) = bucket.withLock { bucket in
      // As what it was when the time began: else the bucket would have been full before it was used.
      bucket.charge(nanoseconds, at: now - min(nanoseconds, now))
      return (bucket.wait(at: now), bucket.units(at: now))
    }
    // Half of the bucket stays free, so that a sleep that takes too long costs nothing of the quota.
    if wait > 0 { return .sleep(wait + TokenBucket.usualBurst / 2) }
    // While the time is used up, more comes.
    let whole = percent < 100 ? units * 100 / (100 - percent) : TokenBucket.usualBurst
    return .run(min(max(whole, Self.shortestRun), TokenBucket.usualBurst))
  }

  private static let shortestRun: UInt64 = 100_000
}

/// The processor time of the thread that makes and uses it, as a quota counts it.
struct ProcessorMeter: ~Copyable {
  private let quota: ProcessorQuota
  private var counted: UInt64

  init(_ quota: ProcessorQuota) {
    self.quota = quota
    counted = threadProcessorNanoseconds()
  }

  /// Counts what the thread has taken since it was asked last.
  mutating func charge() -> ProcessorQuota.Verdict {
    let used = threadProcessorNanoseconds()
    defer { counted = used }
    return quota.charge(used - counted, at: monotonicNanoseconds())
  }
}
