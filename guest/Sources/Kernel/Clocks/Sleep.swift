// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Suspends the task for a duration. Throws as soon as the task is cancelled.
public func sleep(for duration: Duration) async throws(CancellationError) {
  try await sleep(until: MonotonicClock.now.advanced(by: duration))
}

/// Suspends the task until a point in time. Throws as soon as the task is cancelled.
public func sleep(until deadline: MonotonicClock.Instant) async throws(CancellationError) {
  try await Sleep(deadline: deadline).wait()
}

/// A task's wait for a point in time.
@safe
private final class Sleep: Timer, Suspension, @unchecked Sendable {
  var continuation: UnsafeContinuation<Bool, Never>?

  func start() {
    eventLoop.timers.insert(self)
  }

  func withdraw() {
    eventLoop.timers.remove(self)
  }

  override func fire() {
    resume(happened: true)
  }
}
