// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Virtqueues

/// The slots of a queue. Tasks that find none free wait in turn.
final class SlotPool {
  private var free: FreeList
  private let waiters = WaitQueue()

  init(count: Int) {
    free = FreeList(count: count)
  }

  var isEmpty: Bool { free.count == 0 }

  var isAwaited: Bool { !waiters.isEmpty }

  /// Takes a slot as soon as one is free.
  func take() async throws(CancellationError) -> UInt16 {
    if let slot = free.take() {
      return slot
    }
    return try await waiters.wait()
  }

  /// Takes a slot if one is free.
  func takeFree() -> UInt16? { free.take() }

  /// Puts back a slot; true when a task had waited for it.
  @discardableResult
  func put(_ slot: UInt16) -> Bool {
    if waiters.wakeFirst(with: slot) {
      return true
    }
    free.put(slot)
    return false
  }
}
