// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import Synchronization
internal import SystemCalls

/// A request to stop that reaches a machine's thread wherever it waits.
///
/// It is a signal to that thread, which keeps it blocked: KVM_RUN alone unblocks it and so is
/// interrupted, and a signalfd turns it into a descriptor for `poll`. It is never delivered, needs no
/// handler and cannot come too early or be lost.
final class StopSignal: Sendable {
  /// SIGURG, which the default is to ignore: one that comes late harms nobody.
  static let number = SIGURG

  private let pending: Descriptor
  private let requested = Atomic(false)
  /// When the machine is to end by itself, in nanoseconds of CLOCK_MONOTONIC.
  private let deadline = Atomic(UInt64.max)
  private let thread = Mutex<pthread_t?>(nil)

  init() throws(SystemCallError) {
    var signals = Self.signals(Self.number)
    let number = unsafe signalfd(-1, &signals, CInt(SFD_CLOEXEC | SFD_NONBLOCK))
    guard number >= 0 else { throw SystemCallError("signalfd", on: "stop signal") }
    pending = Descriptor(owning: number)
  }

  /// Polls readable on the machine's thread once a stop has been requested.
  var descriptor: CInt { pending.number }

  /// Requests the stop. From any thread, any number of times, also before the run.
  func request() {
    requested.store(true, ordering: .releasing)
    interrupt()
  }

  /// Interrupts the machine's thread, wherever it waits, as a stop does.
  func interrupt() {
    thread.withLock { thread in
      if let thread { pthread_kill(thread, Self.number) }
    }
  }

  /// Whether the stop has been requested, by `request` or by the signal itself. On the machine's
  /// thread.
  func isRequested() throws(SystemCallError) -> Bool {
    if requested.load(ordering: .acquiring) { return true }
    var poll = PollSet(readable: [descriptor])
    if try poll.wait(timeoutNanoseconds: 0) == 0 { return false }
    // For other threads of the machine, which cannot see the signal.
    requested.store(true, ordering: .releasing)
    return true
  }

  /// How a machine has ended that was to stop.
  var outcome: MachineOutcome {
    monotonicNanoseconds() < deadline.load(ordering: .acquiring) ? .stopped : .timedOut
  }

  /// Requests the stop when `nanoseconds` have passed, for as long as `body` takes. On the machine's
  /// thread.
  func withTimeLimit<Result>(
    _ nanoseconds: UInt64, _ body: () throws(MachineError) -> Result
  ) throws(MachineError) -> Result {
    let (end, overflow) = monotonicNanoseconds().addingReportingOverflow(nanoseconds)
    // Before the timer, which is never early.
    deadline.store(overflow ? .max : end, ordering: .releasing)
    // A timer that is gone sends nothing to what the thread does next.
    let timer = try Self.timer(after: nanoseconds)
    return try withExtendedLifetime(timer) { () throws(MachineError) in try body() }
  }

  private static func timer(after nanoseconds: UInt64) throws(MachineError) -> ThreadTimer {
    do throws(SystemCallError) {
      let timer = try ThreadTimer(.monotonic, signal: number)
      try timer.arm(after: nanoseconds)
      return timer
    } catch {
      throw .systemCall(error)
    }
  }

  /// Runs `body` as the machine's thread, with the signal blocked, and that of `MachinePace`, SIGPIPE
  /// of a console that went away, and SIGXFSZ of a disk that may not grow, too.
  func withCurrentThread<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var blocked = Self.signals(Self.number, MachinePace.signal, SIGPIPE, SIGXFSZ)
    var previous = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, &blocked, &previous)
    thread.withLock { $0 = pthread_self() }
    defer {
      thread.withLock { $0 = nil }
      // What is pending for this thread was ours.
      var now = timespec()
      while unsafe sigtimedwait(&blocked, nil, &now) > 0 {}
      unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
    }
    return try body()
  }

  private static func signals(_ numbers: CInt...) -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in numbers { unsafe sigaddset(&set, number) }
    return set
  }
}
