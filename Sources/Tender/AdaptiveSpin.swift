// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import SystemCalls

/// How long to look for work again and again before a sleep: not at all, unless the last sleep was so
/// short that not to sleep would have been better. Who sleeps longer at a time never spins.
struct AdaptiveSpin {
  /// The most of it: some times what it costs to wake a processor that has gone idle.
  static let nanoseconds: UInt64 = 200_000

  /// With one processor, nothing happens while that one spins. Their number is in a file: it is to be
  /// asked for before a sandbox.
  static let isPossible = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1

  private let isUseful: Bool
  private var isBusy = false
  /// When it ends; 0 before it begins.
  private var end: UInt64 = 0

  init(isUseful: Bool = true) {
    self.isUseful = isUseful && Self.isPossible
  }

  /// There was work.
  mutating func restart() { end = 0 }

  /// A sleep took `nanoseconds`.
  mutating func slept(_ nanoseconds: UInt64) {
    isBusy = isUseful && nanoseconds < Self.nanoseconds
    end = 0
  }

  /// Whether to look once more, but not for longer than `limit` nanoseconds in all.
  mutating func goesOn(atMost limit: UInt64 = .max) -> Bool {
    if !isBusy { return false }
    let now = monotonicNanoseconds()
    if end == 0 { end = now + min(limit, Self.nanoseconds) }
    return now < end
  }
}
