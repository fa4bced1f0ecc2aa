// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Synchronization
internal import SystemCalls

/// Whether a thread sleeps, or is about to, until an event that another one raises.
struct SleepFlag: ~Copyable, Sendable {
  private let isSet = Atomic(false)

  /// Says that this thread is about to sleep. It executes a fence and looks once more before it does.
  func fallAsleep() { isSet.store(true, ordering: .relaxed) }

  /// Says that this thread is awake.
  func wakeUp() { isSet.store(false, ordering: .relaxed) }

  /// Raises `event` for the thread that sleeps, once for each sleep. The caller has executed a fence
  /// behind what there is to see.
  func wake(_ event: borrowing EventDescriptor) {
    if isSet.load(ordering: .relaxed), isSet.exchange(false, ordering: .acquiringAndReleasing) {
      event.raise()
    }
  }
}
