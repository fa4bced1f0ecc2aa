// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why a wait has ended without what it was for.
public enum WaitError: Error {
  /// The task is cancelled.
  case cancelled
  /// The time is over.
  case timedOut
}

extension WaitQueue {
  /// Suspends the task until `wakeFirst` reaches it, or until `deadline` if there is one.
  public func wait(until deadline: MonotonicClock.Instant?) async throws(WaitError) {
    guard let deadline else {
      do throws(CancellationError) {
        _ = try await wait()
      } catch {
        throw .cancelled
      }
      return
    }
    let waiter = TimedWaiter(queue: self, deadline: deadline)
    do throws(CancellationError) {
      try await waiter.wait()
    } catch {
      throw waiter.isTimedOut ? .timedOut : .cancelled
    }
  }
}

/// A task in a `WaitQueue` that does not wait for ever.
@safe
private final class TimedWaiter: Waiter, @unchecked Sendable {
  private(set) var isTimedOut = false
  private var timer: WaitTimer?
  private let deadline: MonotonicClock.Instant

  init(queue: WaitQueue, deadline: MonotonicClock.Instant) {
    self.deadline = deadline
    super.init(queue: queue)
  }

  override func start() {
    super.start()
    let timer = WaitTimer(waiter: self, deadline: deadline)
    self.timer = timer
    eventLoop.timers.insert(timer)
  }

  override func left() {
    if let timer {
      eventLoop.timers.remove(timer)
      self.timer = nil
    }
  }

  func timeOut() {
    isTimedOut = true
    withdraw()
    resume(happened: false)
  }
}

/// Ends the wait of a task. It lives as long as that.
private final class WaitTimer: Timer {
  private let waiter: TimedWaiter

  init(waiter: TimedWaiter, deadline: MonotonicClock.Instant) {
    self.waiter = waiter
    super.init(deadline: deadline)
  }

  override func fire() {
    waiter.timeOut()
  }
}
