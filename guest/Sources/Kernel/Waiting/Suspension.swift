// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A task's wait for one event. The event loop resumes it when the event happens; a cancelled task
/// withdraws it.
///
/// Sendable because nothing runs at the same time: a guest has one processor, and tasks change only
/// where they suspend.
protocol Suspension: AnyObject, Sendable {
  /// Set while the task waits.
  var continuation: UnsafeContinuation<Bool, Never>? { get set }

  /// Registers with the event loop.
  func start()

  /// Takes back what `start` did, before the event has happened.
  func withdraw()
}

extension Suspension {
  /// Suspends the current task until the event, or until the task is cancelled: then throws.
  func wait() async throws(CancellationError) {
    if Task.isCancelled {
      throw CancellationError()
    }
    let happened = await withTaskCancellationHandler {
      await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
        unsafe self.continuation = continuation
        start()
      }
    } onCancel: {
      if unsafe continuation != nil {
        withdraw()
        resume(happened: false)
      }
    }
    if !happened {
      throw CancellationError()
    }
  }

  /// Makes the waiting task ready to run.
  func resume(happened: Bool) {
    // SAFETY: the continuation is cleared before it is resumed, so that it is resumed once.
    if let continuation = unsafe self.continuation {
      unsafe self.continuation = nil
      unsafe continuation.resume(returning: happened)
    }
  }
}
