// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The head of a request: its bytes, and where things are in them. What is asked for seldom is read
/// from the bytes when it is asked for, so that a plain request costs one array.
public struct HTTPRequestHead: Sendable {
  private let bytes: [UInt8]
  /// The method, as far as it is a known one.
  public let verb: HTTPVerb
  /// The version.
  public let version: HTTPVersion
  /// The length of the content.
  public let bodyLength: HTTPBodyLength
  /// Whether the sender wants the connection to stay open.
  public let isPersistent: Bool
  /// Whether the sender waits for `100 Continue` before it sends the content.
  public let expectsContinue: Bool
  /// Whether there is a field that makes the request conditional or partial.
  public let hasConditions: Bool
  private let methodRange: Range<Int>
  private let targetRange: Range<Int>
  private let pathRange: Range<Int>
  private let queryRange: Range<Int>?
  private let authorityRange: Range<Int>
  private let fieldStart: Int

  /// Reads a head that ends with its empty line, the bytes of which are `bytes`.
  init(_ bytes: [UInt8], limits: HTTPLimits) throws(HTTPMessageError) {
    let span = bytes.span
    let line = try RequestLine(span)
    verb = HTTPVerb(span.extracting(line.method))
    let target = try RequestTarget(span, at: line.target, verb: verb)
    let fields = try HeadFields(span, from: line.end, limits: limits)
    authorityRange = try Self.authority(span, target, fields, version: line.version)
    bodyLength = try fields.bodyLength(version: line.version)
    isPersistent = fields.persists(version: line.version)
    expectsContinue = fields.expectsContinue && line.version == .http11
    hasConditions = fields.hasConditions
    methodRange = line.method
    targetRange = line.target
    pathRange = target.path
    queryRange = target.query
    version = line.version
    fieldStart = line.end
    self.bytes = bytes
    if fields.hasUnknownExpectation && line.version == .http11 {
      throw .unknownExpectation
    }
    if bodyLength == .none && line.version == .http10 && verb.needsContent {
      throw .lengthRequired
    }
    if case .bytes(let length) = bodyLength, length > limits.bodyBytes {
      throw .bodyTooLarge
    }
  }

  /// The authority of the target wins over the host field, which has to be there all the same (RFC
  /// 9112, section 3.2.2).
  private static func authority(
    _ bytes: Span<UInt8>, _ target: RequestTarget, _ fields: HeadFields, version: HTTPVersion
  ) throws(HTTPMessageError) -> Range<Int> {
    if let host = fields.host {
      guard host.isEmpty || RequestTarget.isHost(bytes.extracting(host)) else { throw .badHost }
      return target.authority ?? host
    }
    if version == .http11 {
      throw .badHost
    }
    return target.authority ?? 0..<0
  }

  /// The method as it was sent.
  public var methodBytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { bytes.span.extracting(methodRange) }
  }

  /// The target as it was sent.
  public var target: Span<UInt8> {
    @_lifetime(borrow self)
    get { bytes.span.extracting(targetRange) }
  }

  /// The path as it was sent, percent-encoded; empty where a target has none.
  public var path: Span<UInt8> {
    @_lifetime(borrow self)
    get { bytes.span.extracting(pathRange) }
  }

  /// The query as it was sent, percent-encoded, without its question mark.
  public var query: Span<UInt8>? {
    @_lifetime(borrow self)
    get {
      guard let queryRange else { return nil }
      return bytes.span.extracting(queryRange)
    }
  }

  /// The host and port that the request is for; empty where a request of HTTP/1.0 has none.
  public var authority: Span<UInt8> {
    @_lifetime(borrow self)
    get { bytes.span.extracting(authorityRange) }
  }

  /// Whether content follows the head.
  public var hasBody: Bool { bodyLength != .none && bodyLength != .bytes(0) }

  /// Calls `body` with each field, in order.
  public func forEachField(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
    let span = bytes.span
    var position = fieldStart
    while let line = FieldLine(span, at: position) {
      body(span.extracting(line.name), span.extracting(line.value))
      position = line.end
    }
  }

  /// The value of the first field with this name, which has no capital letters.
  public func withField<Result>(
    _ name: StaticString, _ body: (Span<UInt8>) -> Result
  ) -> Result? {
    let span = bytes.span
    var position = fieldStart
    while let line = FieldLine(span, at: position) {
      if span.extracting(line.name).equalsInAnyCase(name) {
        return body(span.extracting(line.value))
      }
      position = line.end
    }
    return nil
  }
}
