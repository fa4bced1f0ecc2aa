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

  /// Runs `body` as the machine's thread, with the signal blocked, and SIGPIPE of a console that
  /// went away, too.
  func withCurrentThread<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var blocked = Self.signals(Self.number, SIGPIPE)
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
