// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
import Freestanding

/// Everything that wakes a task from outside: the timers and the devices.
///
/// Sendable because nothing runs at the same time as its user: a guest has one processor, and tasks
/// change only where they suspend.
final class EventLoop: @unchecked Sendable {
  /// How long tasks that keep the processor busy may leave devices without queues unseen.
  private static let pollInterval: UInt64 = 100_000
  /// How many frames tasks may receive between two turns without waiting for one.
  private static let framesPerTurn = 256

  var timers = TimerQueue()
  /// The devices that the program uses, by handle.
  private(set) var ports = InlineArray<64, Port?>(repeating: nil)
  /// Those of them that have queues.
  private var queuedPorts = PortList()
  /// Whether there is a net device without queues.
  private var hasPolledPort = false
  /// The number of tasks that wait for any device.
  var waiterCount = 0
  /// Whether chains have been made available that the tender was not told of.
  var hasUnannounced = false
  private var lastPoll: UInt64 = 0
  private var frameCount = 0

  func addQueued(_ port: Port, handle: Int) {
    ports[handle] = port
    queuedPorts.add(port)
  }

  func addPolled(_ port: Port, handle: Int) {
    ports[handle] = port
    hasPolledPort = true
  }

  /// Wakes whoever waits for what has happened. When no job is ready, sleeps until something does.
  func turn(idle: Bool) {
    let now = MonotonicClock.now
    frameCount = 0
    var isBusy = !idle
    while let timer = timers.popFirst(until: now) {
      timer.fire()
      isBusy = true
    }
    if queuedPorts.any({ $0.collect() }) {
      isBusy = true
    }
    if isBusy {
      announce()
      if hasPolledPort && waiterCount > 0 && now.nanoseconds - lastPoll >= Self.pollInterval {
        poll(timeout: 0)
      }
    } else {
      sl_console_flush()
      if prepareToSleep() {
        poll(timeout: timeUntilNextTimer(now: now))
      }
    }
  }

  /// Counts a frame that a task receives. True when the task has to yield, because it might leave
  /// the timers and other devices unseen for long.
  func countFrame() -> Bool {
    frameCount += 1
    if frameCount <= Self.framesPerTurn {
      return false
    }
    sl_executor_end_round()
    return true
  }

  /// Rings the doorbell, once for all that was made available, when a queue asks for it.
  private func announce() {
    if hasUnannounced {
      sl_fence()
      if takeAnnouncements() {
        sl_doorbell()
      }
    }
  }

  /// Whether a queue asks for the doorbell for what was not announced yet.
  private func takeAnnouncements() -> Bool {
    hasUnannounced = false
    return queuedPorts.any { $0.needsDoorbell() }
  }

  /// Whether the machine may sleep (hvt-abi/SPEC.md, "Running a queue").
  private func prepareToSleep() -> Bool {
    if queuedPorts.isEmpty {
      return true
    }
    _ = queuedPorts.any {
      $0.prepareToSleep()
      return false
    }
    sl_fence()
    if queuedPorts.any({ $0.hasNews() }) {
      return false
    }
    // `poll` is as good as a doorbell.
    if hasUnannounced {
      _ = takeAnnouncements()
    }
    return true
  }

  private func timeUntilNextTimer(now: MonotonicClock.Instant) -> UInt64 {
    if let deadline = timers.nextDeadline {
      return deadline.nanoseconds - now.nanoseconds
    }
    if waiterCount == 0 {
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

@c(sl_event_loop_enqueue_at)
func eventLoopEnqueue(deadline: UInt64, job: UnsafeMutableRawPointer) {
  let instant = MonotonicClock.Instant(nanoseconds: deadline)
  unsafe eventLoop.timers.insert(DelayedJob(job: job, deadline: instant))
}
