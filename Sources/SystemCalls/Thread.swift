// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import Synchronization
internal import SystemPackage

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a new, detached thread (pthread_create).
public func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
  pthread_detach(try makeThread(body))
}

/// What `body` returns or throws, called with `owner` on a thread of its own, as it blocks for too long for
/// a thread of the pool. When no thread can be started, that is a failure made by `failed`.
///
/// The thread has let `owner` go by then: what the caller releases next is released.
public func onNewThread<Owner: Sendable, Success: Sendable, Failure: Error>(
  _ owner: Owner, failed: @Sendable (SystemCallError) -> Failure,
  _ body: @escaping @Sendable (Owner) throws(Failure) -> Success
) async -> Result<Success, Failure> {
  await withCheckedContinuation { continuation in
    let held = Mutex<Owner?>(owner)
    do throws(SystemCallError) {
      try startThread {
        let result = Result { () throws(Failure) in
          guard let owner = held.withLock({ $0.take() }) else {
            preconditionFailure("the thread runs once")
          }
          return try body(owner)
        }
        continuation.resume(returning: result)
      }
    } catch {
      continuation.resume(returning: .failure(failed(error)))
    }
  }
}

/// The first part of a thread's work, which somebody waits for.
@safe
private final class Entrance<Failure: Error & Sendable>: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  private var failure: Failure?

  init() { unsafe sem_init(semaphore, 0, 0) }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  /// Does it; whether it succeeded.
  func perform(_ body: () throws(Failure) -> Void) -> Bool {
    do throws(Failure) { try body() } catch { failure = error }
    let isOpen = failure == nil
    unsafe sem_post(semaphore)
    return isOpen
  }

  /// Waits until it is done.
  func wait() throws(Failure) {
    while unsafe sem_wait(semaphore) != 0 {}
    // Written before the semaphore was raised, and never again.
    if let failure { throw failure }
  }
}

/// A thread that its owner waits for.
public struct JoinedThread: ~Copyable, Sendable {
  private let thread: pthread_t

  /// Runs `body` on a new thread (pthread_create), which takes no signals: those of the process are for
  /// the threads that know what to do with them.
  public init(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
    thread = try makeThreadWithoutSignals(body)
  }

  /// The same, and returns when the thread has done what `entering` does first. What that throws is
  /// thrown here, and the thread ends; `failed` makes it of a failure to start one.
  public init<Failure: Error & Sendable>(
    failed: (SystemCallError) -> Failure,
    entering enter: @escaping @Sendable () throws(Failure) -> Void,
    _ body: @escaping @Sendable () -> Void
  ) throws(Failure) {
    let entrance = Entrance<Failure>()
    let started: pthread_t
    do throws(SystemCallError) {
      started = try makeThreadWithoutSignals { if entrance.perform(enter) { body() } }
    } catch {
      throw failed(error)
    }
    do throws(Failure) {
      try entrance.wait()
    } catch {
      pthread_join(started, nil)
      throw error
    }
    thread = started
  }

  /// Waits for the thread's end.
  deinit { pthread_join(thread, nil) }
}

extension JoinedThread {
  /// Lets the thread run to the end of the process.
  public consuming func detach() {
    pthread_detach(thread)
    discard self
  }
}

/// A signal that a thread waits for instead of a handler.
public struct AwaitedSignal: Sendable {
  private let number: CInt

  /// Has the calling thread and those that it starts block the signal `number`, so that it waits for
  /// whoever waits for it.
  public init(blocking number: CInt) {
    self.number = number
    var signals = signals
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Calls `body` each time the process gets the signal, for ever.
  public func forEach(_ body: () -> Void) {
    var (signals, received) = (signals, CInt(0))
    while unsafe sigwait(&signals, &received) == 0 { body() }
  }

  private var signals: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, number)
    return signals
  }
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
