// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The value of `--console`: how the guest's output is written.
public enum ConsoleOption: String, CaseIterable, Sendable {
  /// Escaped when standard output is a terminal, else raw.
  case auto
  /// As the guest writes it.
  case raw
  /// Without anything that a terminal would obey.
  case escaped

  init(parsing text: String) throws(UsageError) {
    guard let option = Self(rawValue: text) else { throw .consoleMode(text) }
    self = option
  }
}
