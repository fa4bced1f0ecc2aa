// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How long the content of a message is (RFC 9112, section 6.3).
public enum HTTPBodyLength: Equatable, Sendable {
  /// There is none, and nothing says so.
  case none
  /// This many bytes.
  case bytes(UInt64)
  /// As the chunks say.
  case chunked
  /// Everything until the connection ends.
  case untilClose
}
