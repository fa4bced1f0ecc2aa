// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

/// A timer that sends a signal to the thread that made it (timer_create(2), SIGEV_THREAD_ID).
public struct ThreadTimer: ~Copyable {
  /// What the timer measures.
  public enum Clock: Sendable {
    /// CLOCK_MONOTONIC.
    case monotonic
    /// CLOCK_THREAD_CPUTIME_ID: the time on processors of the thread that made the timer, with that of
    /// the guests that it ran. The kernel looks at it at every tick of its own.
    case threadProcessorTime
  }

  private let timer: UInt

  /// A timer that is not armed. The thread should block `signal`.
  public init(_ clock: Clock, signal: CInt) throws(SystemCallError) {
    var timer: UInt = 0
    let clock = clock == .monotonic ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID
    guard unsafe clinux_thread_timer(clock, signal, &timer) == 0 else {
      throw SystemCallError("timer_create", on: "signal \(signal)")
    }
    self.timer = timer
  }

  /// timer_delete(2). A signal that it has sent may still be pending.
  deinit { clinux_timer_delete(timer) }

  /// Has the signal sent once, after `nanoseconds`; what was to come before does not come.
  public func arm(after nanoseconds: UInt64) throws(SystemCallError) {
    guard clinux_timer_arm(timer, max(nanoseconds, 1)) == 0 else {
      throw SystemCallError("timer_settime", on: "timer")
    }
  }
}

/// clock_gettime(2) of CLOCK_THREAD_CPUTIME_ID: what the calling thread has spent on processors.
public func threadProcessorNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_THREAD_CPUTIME_ID) }

/// Takes `signal`, which the calling thread blocks, from what is pending for it (sigtimedwait(2)).
public func discardSignals(_ signal: CInt) {
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe sigaddset(&signals, signal)
  var now = timespec()
  while unsafe sigtimedwait(&signals, nil, &now) > 0 {}
}
