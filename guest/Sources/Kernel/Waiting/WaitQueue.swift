// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Tasks that wait for something, in the order in which they came.
///
/// Sendable because nothing runs at the same time as its user.
public final class WaitQueue: @unchecked Sendable {
  private var first: Waiter?
  private var last: Waiter?

  /// A queue in which nobody waits.
  public init() {}

  /// Whether nobody waits.
  public var isEmpty: Bool { first == nil }

  /// Suspends the task until `wakeFirst` reaches it, and returns what that was given. Throws as soon as
  /// the task is cancelled. It is not part of its callers, which seldom come here.
  @inline(never)
  public func wait() async throws(CancellationError) -> UInt16 {
    let waiter = Waiter(queue: self)
    try await waiter.wait()
    return waiter.value
  }

  /// Makes the first task ready to run; false when none waits.
  @discardableResult
  public func wakeFirst(with value: UInt16 = 0) -> Bool {
    guard let waiter = first else { return false }
    remove(waiter)
    waiter.value = value
    waiter.resume(happened: true)
    return true
  }

  func append(_ waiter: Waiter) {
    waiter.previous = last
    if let last {
      last.next = waiter
    } else {
      first = waiter
    }
    last = waiter
    eventLoop.waiterCount += 1
  }

  func remove(_ waiter: Waiter) {
    if let previous = waiter.previous {
      previous.next = waiter.next
    } else {
      first = waiter.next
    }
    if let next = waiter.next {
      next.previous = waiter.previous
    } else {
      last = waiter.previous
    }
    waiter.next = nil
    waiter.previous = nil
    eventLoop.waiterCount -= 1
    waiter.left()
  }
}

/// A task in a `WaitQueue`.
@safe
class Waiter: Suspension, @unchecked Sendable {
  var continuation: UnsafeContinuation<Bool, Never>?
  var value: UInt16 = 0
  var next: Waiter?
  var previous: Waiter?
  let queue: WaitQueue

  init(queue: WaitQueue) {
    self.queue = queue
  }

  func start() {
    queue.append(self)
  }

  func withdraw() {
    queue.remove(self)
  }

  /// The task does not wait any more.
  func left() {}
}
