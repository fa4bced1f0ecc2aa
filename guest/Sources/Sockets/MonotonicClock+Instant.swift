// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
import NetStack

extension NetStack.Instant {
  /// The present instant.
  static var now: NetStack.Instant {
    NetStack.Instant(nanoseconds: MonotonicClock.now.nanoseconds)
  }
}
