// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// A job of the concurrency runtime that is to run at a point in time.
@safe
final class DelayedJob: Timer {
  private let job: UnsafeMutableRawPointer

  init(job: UnsafeMutableRawPointer, deadline: MonotonicClock.Instant) {
    unsafe self.job = job
    super.init(deadline: deadline)
  }

  override func fire() {
    unsafe sl_executor_enqueue(job)
  }
}
