// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A file that a server sends as it is, with its head written beforehand, so that a plain request
/// costs a copy.
public final class StaticFile: Sendable {
  /// Larger content is not copied next to the head.
  private static let smallSize = 16384

  /// The content.
  public let content: [UInt8]
  /// The strong validator, with its quotes (RFC 9110, section 8.8.3): a hash of the content.
  public let entityTag: [UInt8]
  /// When the content was changed, if that is known.
  public let lastModified: HTTPDate?
  /// The fields of every response, and behind them the name of the date field.
  private let commonFields: [UInt8]
  /// The response up to the date.
  private let pageStart: [UInt8]
  /// The response behind the date; small content included.
  private let pageEnd: [UInt8]
  private static let emptyLine = 4

  /// A file of this content and media type.
  public init(_ content: [UInt8], type: StaticString, lastModified: HTTPDate? = nil) {
    self.content = content
    self.lastModified = lastModified
    let tag = Self.entityTag(of: content)
    entityTag = tag
    var fields: [UInt8] = []
    fields.append("etag: ")
    fields.append(copyOf: tag.span)
    fields.append("\r\n")
    if let lastModified {
      fields.append("last-modified: ")
      fields.append(copyOf: lastModified.bytes.span)
      fields.append("\r\n")
    }
    fields.append("accept-ranges: bytes\r\ncontent-type: ")
    fields.append(type)
    fields.append("\r\n")
    commonFields = fields
    var start: [UInt8] = []
    start.append("HTTP/1.1 200 OK\r\n")
    start.append(copyOf: fields.span)
    HTTPSerializer.append("content-length", UInt64(content.count), to: &start)
    start.append("date: ")
    pageStart = start
    var end: [UInt8] = []
    end.append("\r\n\r\n")
    if content.count <= Self.smallSize {
      end.append(copyOf: content.span)
    }
    pageEnd = end
  }

  /// Whether responses carry the content next to their head.
  var isSmall: Bool { content.count <= Self.smallSize }

  /// FNV-1a of 64 bits: whoever wants two files of the same hash can have them, but they are his own.
  private static func entityTag(of content: [UInt8]) -> [UInt8] {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in content {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    var tag: [UInt8] = [UInt8(ascii: "\"")]
    tag.append(hexadecimal: hash)
    tag.append(hexadecimal: UInt64(content.count))
    tag.append(UInt8(ascii: "\""))
    return tag
  }

  /// Appends the response to a plain request over a connection that persists.
  func appendPage(date: HTTPDate, withContent: Bool, to output: inout [UInt8]) {
    let start = pageStart
    let end = pageEnd
    output.append(copyOf: start.span)
    output.append(copyOf: date.bytes.span)
    output.append(copyOf: withContent ? end.span : end.span.extracting(..<Self.emptyLine))
  }

  /// Appends the head of another response, but for the empty line at its end.
  func appendHead(_ answer: StaticAnswer, date: HTTPDate, to output: inout [UInt8]) {
    switch answer.status {
    case .ok: output.append("HTTP/1.1 200 OK\r\n")
    case .partialContent: output.append("HTTP/1.1 206 Partial Content\r\n")
    case .notModified: output.append("HTTP/1.1 304 Not Modified\r\n")
    case .preconditionFailed: output.append("HTTP/1.1 412 Precondition Failed\r\n")
    case .rangeNotSatisfiable: output.append("HTTP/1.1 416 Range Not Satisfiable\r\n")
    }
    let fields = commonFields
    output.append(copyOf: fields.span)
    switch answer.status {
    case .partialContent:
      output.append("content-range: bytes ")
      output.append(decimal: UInt64(answer.range.lowerBound))
      output.append("-")
      output.append(decimal: UInt64(answer.range.upperBound - 1))
      output.append("/")
      output.append(decimal: UInt64(content.count))
      output.append("\r\n")
    case .rangeNotSatisfiable:
      output.append("content-range: bytes */")
      output.append(decimal: UInt64(content.count))
      output.append("\r\n")
    case .ok, .notModified, .preconditionFailed: break
    }
    if answer.status != .notModified {
      HTTPSerializer.append("content-length", UInt64(answer.range.count), to: &output)
    }
    HTTPSerializer.append(date, to: &output)
  }
}
