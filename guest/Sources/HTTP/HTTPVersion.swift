// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A version of HTTP that fits into this module.
public enum HTTPVersion: Sendable {
  /// HTTP/1.0, whose connections close after a response unless both sides agree.
  case http10
  /// HTTP/1.1, whose connections persist (RFC 9112, section 9.3).
  case http11
}
