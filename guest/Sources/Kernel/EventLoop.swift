// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// A device that `poll` reports on.
class Port {
  /// The device has something to read.
  func becameReady() {}
}

/// Everything that wakes a task from outside: the timers and the net devices.
///
/// Sendable because nothing runs at the same time as its user: a guest has one processor, and tasks
/// change only where they suspend.
final class EventLoop: @unchecked Sendable {
  /// How long tasks that keep the processor busy may leave the devices unseen.
  private static let pollInterval: UInt64 = 100_000

  var timers = TimerQueue()
  /// The devices that the program uses, by handle.
  var ports = InlineArray<64, Port?>(repeating: nil)
  /// The number of tasks that wait for any device.
  var readerCount = 0
  private var lastPoll: UInt64 = 0

  /// Wakes whoever waits for what has happened. When no job is ready, sleeps until something does.
  func turn(idle: Bool) {
    let now = MonotonicClock.now
    var woken = false
    while let timer = timers.popFirst(until: now) {
      timer.fire()
      woken = true
    }
    if idle && !woken {
      sl_console_flush()
      poll(timeout: timeUntilNextTimer(now: now))
    } else if readerCount > 0 && now.nanoseconds - lastPoll >= Self.pollInterval {
      poll(timeout: 0)
    }
  }

  private func timeUntilNextTimer(now: MonotonicClock.Instant) -> UInt64 {
    if let deadline = timers.nextDeadline {
      return deadline.nanoseconds - now.nanoseconds
    }
    if readerCount == 0 {
      fatalError("every task waits, and nothing is left that could wake one")
    }
    return .max
  }

  private func poll(timeout: UInt64) {
    var ready = sl_hypercall_poll(timeout)
    lastPoll = sl_clock_monotonic()
    while ready != 0 {
      let handle = ready.trailingZeroBitCount
      if let port = ports[handle] {
        port.becameReady()
      } else {
        sl_net_discard(UInt64(handle))
      }
      ready &= ready - 1
    }
  }
}

/// The machine's event loop.
let eventLoop = EventLoop()

@c(sl_event_loop_turn)
func eventLoopTurn(idle: Bool) {
  eventLoop.turn(idle: idle)
}

/// A job of the concurrency runtime that is to run at a point in time.
@safe
private final class DelayedJob: Timer {
  private let job: UnsafeMutableRawPointer

  init(job: UnsafeMutableRawPointer, deadline: MonotonicClock.Instant) {
    unsafe self.job = job
    super.init(deadline: deadline)
  }

  override func fire() {
    unsafe sl_executor_enqueue(job)
  }
}

@c(sl_event_loop_enqueue_at)
func eventLoopEnqueue(deadline: UInt64, job: UnsafeMutableRawPointer) {
  let instant = MonotonicClock.Instant(nanoseconds: deadline)
  unsafe eventLoop.timers.insert(DelayedJob(job: job, deadline: instant))
}
