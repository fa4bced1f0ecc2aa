// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension Instant? {
  /// The earlier of two points in time, where nil is never.
  func earlier(_ other: Instant?) -> Instant? {
    guard let self else { return other }
    guard let other else { return self }
    return Swift.min(self, other)
  }
}
