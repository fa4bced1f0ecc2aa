// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

/// Why a message is not accepted. The connection that it came over has to be closed: nobody knows
/// where the next message starts.
public enum HTTPMessageError: Error, Equatable, Sendable {
  /// A line that does not end with CR LF.
  case badLineEnd
  /// A request line that is not `method SP target SP version`, or a status line that is none.
  case badStartLine
  /// A target that its method does not allow, or one that is malformed.
  case badTarget
  /// A method that no one uses, by its length.
  case badMethod
  /// A major version other than 1.
  case unsupportedVersion
  /// A malformed field line: also spaces before the colon, folded lines, control bytes.
  case badField
  /// No host, several of them, or one that is malformed (RFC 9112, section 3.2).
  case badHost
  /// A content length that is no number, or several.
  case badContentLength
  /// A length of two kinds (RFC 9112, section 6.3).
  case ambiguousLength
  /// Transfer codings that do not end in `chunked`, or in a message of HTTP/1.0.
  case badTransferEncoding
  /// Transfer codings besides `chunked`.
  case unknownTransferCoding
  /// A request that has content, but does not say how much.
  case lengthRequired
  /// A chunk that is malformed, or more extensions than the limit.
  case badChunk
  /// A malformed trailer section, or a field that must not stand there.
  case badTrailer
  /// An expectation other than `100-continue`.
  case unknownExpectation
  /// A request or status line over the limit.
  case startLineTooLong
  /// A head or trailer section over the limit.
  case fieldsTooLarge
  /// More fields than the limit.
  case tooManyFields
  /// More content than the limit.
  case bodyTooLarge
  /// The peer took too long.
  case timeout
  /// The connection ended inside of the message.
  case truncated

  /// The status that tells the sender of such a request.
  public var status: HTTPResponse.Status {
    switch self {
    case .badLineEnd, .badStartLine, .badTarget, .badField, .badHost, .badContentLength,
      .ambiguousLength, .badTransferEncoding, .badChunk, .badTrailer, .truncated:
      .badRequest
    case .badMethod, .unknownTransferCoding: .notImplemented
    case .unsupportedVersion: .httpVersionNotSupported
    case .lengthRequired: .lengthRequired
    case .unknownExpectation: .expectationFailed
    case .startLineTooLong: .uriTooLong
    case .fieldsTooLarge, .tooManyFields: .requestHeaderFieldsTooLarge
    case .bodyTooLarge: .contentTooLarge
    case .timeout: .requestTimeout
    }
  }
}
