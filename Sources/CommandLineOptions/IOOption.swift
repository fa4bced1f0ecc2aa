// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The value of `--io`: the thread that serves the queues.
public enum IOOption: String, CaseIterable, Sendable {
  /// The one that runs the guest.
  case inline
  /// One of its own.
  case thread

  init(parsing text: String) throws(UsageError) {
    guard let option = Self(rawValue: text) else { throw .ioMode(text) }
    self = option
  }
}
