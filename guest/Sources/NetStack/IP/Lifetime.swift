// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Until when something is valid.
struct Lifetime: Hashable, Sendable {
  static let forever = Lifetime(end: nil)

  /// Nil for ever.
  let end: Instant?

  private init(end: Instant?) {
    self.end = end
  }

  /// So many seconds from now on, all ones for ever.
  init(seconds: UInt32, from now: Instant) {
    end = seconds == .max ? nil : now.advanced(byNanoseconds: UInt64(seconds) * 1_000_000_000)
  }

  func isOver(at now: Instant) -> Bool {
    end.map { $0 <= now } ?? false
  }

  /// The earlier of the end and `instant`.
  func earlier(_ instant: Instant?) -> Instant? {
    guard let end else { return instant }
    return instant.map { min($0, end) } ?? end
  }

  /// The nanoseconds that are left.
  func remaining(at now: Instant) -> UInt64 {
    end?.nanoseconds(since: now) ?? .max
  }
}
