// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import SystemPackage

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a new, detached thread (pthread_create).
public func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
  pthread_detach(try makeThread(body))
}

/// A thread that its owner waits for.
public struct JoinedThread: ~Copyable, Sendable {
  private let thread: pthread_t

  /// Runs `body` on a new thread (pthread_create), which takes no signals: those of the process are for
  /// the threads that know what to do with them.
  public init(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
    thread = try makeThreadWithoutSignals(body)
  }

  /// Waits for the thread's end.
  deinit { pthread_join(thread, nil) }
}

/// Calls `body` on a thread of its own each time the process gets the signal `number`, from now to its
/// end. The calling thread and those that it starts block the signal.
public func onSignal(
  _ number: CInt, _ body: @escaping @Sendable () -> Void
) throws(SystemCallError) {
  let thread = try makeThreadWithoutSignals {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, number)
    var received: CInt = 0
    while unsafe sigwait(&signals, &received) == 0 { body() }
  }
  pthread_detach(thread)
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe sigaddset(&signals, number)
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
}

private func makeThreadWithoutSignals(
  _ body: @escaping @Sendable () -> Void
) throws(SystemCallError) -> pthread_t {
  var (all, previous) = (sigset_t(), sigset_t())
  unsafe sigfillset(&all)
  // A new thread inherits the mask.
  unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
  defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
  return try makeThread(body)
}

private func makeThread(
  _ body: @escaping @Sendable () -> Void
) throws(SystemCallError) -> pthread_t {
  let argument = unsafe Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let result = unsafe pthread_create(
    &thread, nil,
    { argument in
      // SAFETY: the argument is the retained body that pthread_create was given.
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, argument.toOpaque())
  guard result == 0 else {
    unsafe argument.release()
    throw SystemCallError("pthread_create", on: "thread", errno: Errno(rawValue: result))
  }
  return thread
}
