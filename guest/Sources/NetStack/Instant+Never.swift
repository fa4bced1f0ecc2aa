// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension Instant {
  /// A time that does not come: the deadline of a timer that does not run.
  static let never = Instant(nanoseconds: .max)
}
