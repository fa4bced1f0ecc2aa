// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A version of HTTP that fits into this module.
public enum HTTPVersion: Sendable {
  /// HTTP/1.0, whose connections close after a response unless both sides agree.
  case http10
  /// HTTP/1.1, whose connections persist (RFC 9112, section 9.3).
  case http11

  static let size = 8

  /// Reads `HTTP/1.0` and the like. A higher minor version is as good as 1.1 (RFC 9110, section
  /// 2.5).
  init(_ bytes: Span<UInt8>) throws(HTTPMessageError) {
    guard bytes.count == Self.size, bytes.extracting(0..<5).equals("HTTP/"),
      let major = bytes[5].digitValue, bytes[6] == UInt8(ascii: "."),
      let minor = bytes[7].digitValue
    else { throw .badStartLine }
    if major != 1 {
      throw .unsupportedVersion
    }
    self = minor == 0 ? .http10 : .http11
  }
}
