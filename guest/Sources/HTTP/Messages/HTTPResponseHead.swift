// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

/// The head of a response.
public struct HTTPResponseHead: Sendable {
  /// Status and fields.
  public let response: HTTPResponse
  /// The version.
  public let version: HTTPVersion
  /// The length of the content.
  public let bodyLength: HTTPBodyLength
  /// Whether the connection stays open behind the response.
  public let isPersistent: Bool

  /// Whether this is an interim response, which another one follows (RFC 9110, section 15.2).
  public var isInformational: Bool { response.status.kind == .informational }

  /// Reads a head that ends with its empty line, of the response to a request of `verb`.
  init(
    _ bytes: Span<UInt8>, to verb: HTTPVerb, limits: HTTPLimits
  ) throws(HTTPMessageError) {
    let line = try StatusLine(bytes)
    let fields = try HeadFields(bytes, from: line.end, limits: limits)
    let length = try Self.bodyLength(line, fields, to: verb)
    if case .bytes(let count) = length, count > limits.bodyBytes {
      throw .bodyTooLarge
    }
    version = line.version
    bodyLength = length
    isPersistent = length != .untilClose && fields.persists(version: line.version)
    var headerFields = HTTPFields()
    var position = line.end
    while let field = FieldLine(bytes, at: position) {
      headerFields.append(
        name: bytes.extracting(field.name), value: bytes.extracting(field.value))
      position = field.end
    }
    let status = HTTPResponse.Status(
      code: line.code, reasonPhrase: bytes.extracting(line.reason).text)
    response = HTTPResponse(status: status, headerFields: headerFields)
  }

  /// The rules of RFC 9112, section 6.3, in their order.
  private static func bodyLength(
    _ line: StatusLine, _ fields: HeadFields, to verb: HTTPVerb
  ) throws(HTTPMessageError) -> HTTPBodyLength {
    let length = try fields.bodyLength(version: line.version)
    if verb == .head || line.code < 200 || line.code == 204 || line.code == 304 {
      return .none
    }
    return length == .none ? .untilClose : length
  }
}
