// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Synchronization

/// A count that one thread adds to and any thread reads.
///
/// With one writer no addition needs a locked instruction: it costs what one to a plain variable does.
struct Counter: ~Copyable, Sendable {
  private let count = Atomic<UInt64>(0)

  var value: UInt64 { count.load(ordering: .relaxed) }

  func add(_ amount: UInt64 = 1) {
    count.store(count.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
  }

  /// Makes the count at least `amount`.
  func raise(to amount: UInt64) {
    if amount > value { count.store(amount, ordering: .relaxed) }
  }
}
