// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import Synchronization
internal import SystemCalls

/// A request to stop that reaches a machine's thread wherever it waits: in KVM_RUN by a signal that
/// only KVM_RUN unblocks, in `poll` by a descriptor.
final class StopSignal: Sendable {
  /// Its default disposition is to be ignored, so one that comes late harms nobody.
  static let number = SIGURG

  private let event: EventDescriptor
  private let requested = Atomic(false)
  private let thread = Mutex<pthread_t?>(nil)

  init() throws(SystemCallError) {
    event = try EventDescriptor()
  }

  /// Readable once a stop has been requested.
  var descriptor: CInt { event.number }

  var isRequested: Bool { requested.load(ordering: .acquiring) }

  /// Requests the stop. From any thread, any number of times.
  func request() {
    requested.store(true, ordering: .releasing)
    event.raise()
    thread.withLock { thread in
      if let thread { pthread_kill(thread, Self.number) }
    }
  }

  /// Runs `body` as the machine's thread: the signal, and SIGPIPE of a console that went away, are
  /// blocked and never delivered.
  func withCurrentThread<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var blocked = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&blocked)
    unsafe sigaddset(&blocked, Self.number)
    unsafe sigaddset(&blocked, SIGPIPE)
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
}
