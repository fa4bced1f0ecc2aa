// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What the fields of a head say about the message and its connection.
struct HeadFields {
  /// The transfer codings so far.
  enum Coding {
    case none
    /// Just `chunked`.
    case chunked
    /// Codings that nobody here knows, and not `chunked` at the end.
    case unknown
    /// Codings that nobody here knows, and `chunked` last.
    case unknownChunked
    /// Something behind `chunked`, or an empty list.
    case malformed
  }

  private(set) var host: Range<Int>?
  private(set) var contentLength: UInt64?
  private(set) var coding = Coding.none
  private(set) var saysClose = false
  private(set) var saysKeepAlive = false
  private(set) var expectsContinue = false
  private(set) var hasUnknownExpectation = false
  /// Whether there is a field that makes a request for a file conditional or partial.
  private(set) var hasConditions = false
  private var count = 0

  /// Reads the field lines from `start` to the empty line, which is known to be there.
  init(_ bytes: Span<UInt8>, from start: Int, limits: HTTPLimits) throws(HTTPMessageError) {
    var position = start
    while position < bytes.count && bytes[position] != .carriageReturn {
      guard let line = FieldLine(bytes, at: position) else { throw .badField }
      count += 1
      if count > limits.fieldCount {
        throw .tooManyFields
      }
      try add(bytes.extracting(line.name), line, in: bytes)
      position = line.end
    }
    // A bare CR can look like the empty line's start.
    if position + 2 != bytes.count {
      throw .badField
    }
  }

  /// Looks at the size of the name first: it tells most names apart.
  private mutating func add(
    _ name: Span<UInt8>, _ line: FieldLine, in bytes: Span<UInt8>
  ) throws(HTTPMessageError) {
    switch name.count {
    case 4 where name.equalsInAnyCase("host"):
      if host != nil {
        throw .badHost
      }
      host = line.value
    case 5 where name.equalsInAnyCase("range"): hasConditions = true
    case 6 where name.equalsInAnyCase("expect"): addExpectation(bytes.extracting(line.value))
    case 8 where name.equalsInAnyCase("if-match") || name.equalsInAnyCase("if-range"):
      hasConditions = true
    case 10 where name.equalsInAnyCase("connection"): addConnection(bytes.extracting(line.value))
    case 13 where name.equalsInAnyCase("if-none-match"): hasConditions = true
    case 14 where name.equalsInAnyCase("content-length"):
      guard contentLength == nil, let length = bytes.extracting(line.value).decimal
      else { throw .badContentLength }
      contentLength = length
    case 17 where name.equalsInAnyCase("transfer-encoding"):
      addCodings(bytes.extracting(line.value))
    case 17 where name.equalsInAnyCase("if-modified-since"): hasConditions = true
    case 19 where name.equalsInAnyCase("if-unmodified-since"): hasConditions = true
    default: break
    }
  }

  private mutating func addExpectation(_ value: Span<UInt8>) {
    value.forEachListElement { element in
      if element.equalsInAnyCase("100-continue") {
        expectsContinue = true
      } else {
        hasUnknownExpectation = true
      }
    }
  }

  private mutating func addConnection(_ value: Span<UInt8>) {
    value.forEachListElement { element in
      if element.equalsInAnyCase("close") {
        saysClose = true
      } else if element.equalsInAnyCase("keep-alive") {
        saysKeepAlive = true
      }
    }
  }

  private mutating func addCodings(_ value: Span<UInt8>) {
    if value.isEmpty {
      coding = .malformed
    }
    value.forEachListElement { element in
      let isChunked = element.equalsInAnyCase("chunked")
      coding =
        switch coding {
        case .none: isChunked ? .chunked : .unknown
        case .unknown: isChunked ? .unknownChunked : .unknown
        case .chunked, .unknownChunked, .malformed: .malformed
        }
    }
  }

  /// The length of the content as these fields tell it: `none` when they do not.
  func bodyLength(version: HTTPVersion) throws(HTTPMessageError) -> HTTPBodyLength {
    switch coding {
    case .none: return contentLength.map { .bytes($0) } ?? .none
    case .malformed, .unknown: throw .badTransferEncoding
    case .chunked, .unknownChunked: break
    }
    if version == .http10 {
      throw .badTransferEncoding
    }
    if contentLength != nil {
      throw .ambiguousLength
    }
    if coding == .unknownChunked {
      throw .unknownTransferCoding
    }
    return .chunked
  }

  /// Whether the connection stays open behind the message (RFC 9112, section 9.3).
  func persists(version: HTTPVersion) -> Bool {
    !saysClose && (version == .http11 || saysKeepAlive)
  }
}
