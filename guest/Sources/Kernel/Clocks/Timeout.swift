// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why `withTimeout` has no value to return.
public enum TimeoutError<Failure: Error>: Error {
  /// The time was over first.
  case timedOut
  /// The operation failed within its time.
  case failed(Failure)
}

/// Runs an operation for at most `duration`. When the time is over the operation is cancelled, and
/// this throws `timedOut` as soon as it has ended.
public func withTimeout<Value: Sendable, Failure: Error>(
  _ duration: Duration,
  operation: @escaping @Sendable () async throws(Failure) -> Value
) async throws(TimeoutError<Failure>) -> Value {
  let deadline = MonotonicClock.now.advanced(by: duration)
  let outcome = await withTaskGroup(
    of: Result<Value, TimeoutError<Failure>>?.self
  ) { group -> Result<Value, TimeoutError<Failure>> in
    group.addTask {
      do throws(Failure) {
        return .success(try await operation())
      } catch {
        return .failure(.failed(error))
      }
    }
    group.addTask {
      do throws(CancellationError) {
        try await sleep(until: deadline)
        return .failure(.timedOut)
      } catch {
        return nil
      }
    }
    // The sleeper has nothing to say when the caller itself is cancelled; the operation then ends
    // the wait.
    var outcome: Result<Value, TimeoutError<Failure>>?
    while outcome == nil, let next = await group.next() {
      outcome = next
    }
    group.cancelAll()
    return outcome ?? .failure(.timedOut)
  }
  return try outcome.get()
}
