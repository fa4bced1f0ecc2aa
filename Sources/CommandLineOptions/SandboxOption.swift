// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The value of `--sandbox`: the walls around the process.
public enum SandboxOption: String, CaseIterable, Sendable {
  case standard
  case strict
  case off

  init(parsing text: String) throws(UsageError) {
    guard let option = Self(rawValue: text) else { throw .sandbox(text) }
    self = option
  }
}

/// The value of `--user`: whom the process becomes.
public enum UserOption: Equatable, Sendable {
  /// Nobody else.
  case stay
  /// A user of the host by name.
  case name(String)
  /// Numbers; without that of a group, the user's own.
  case number(UInt32, group: UInt32?)

  init(parsing text: String) throws(UsageError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty, parts.count <= 2 else { throw .user(text) }
    guard isDecimal(first) else {
      guard parts.count == 1 else { throw .user(text) }
      self = text == "stay" ? .stay : .name(text)
      return
    }
    // The highest number means no change to setresuid(2).
    guard let user = decimal(first, as: UInt32.self), user < .max else { throw .user(text) }
    guard parts.count == 2 else {
      self = .number(user, group: nil)
      return
    }
    guard let group = decimal(parts[1], as: UInt32.self), group < .max else { throw .user(text) }
    self = .number(user, group: group)
  }
}
