// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

/// The fields behind the last chunk (RFC 9112, section 7.1.2).
public struct HTTPTrailers: Sendable {
  private let bytes: [UInt8]

  /// No fields.
  public init() {
    bytes = []
  }

  /// Reads the section, which ends with its empty line. A field that says something about the
  /// message's length, route or connection must not stand there (RFC 9110, section 6.5.1).
  init(_ section: Span<UInt8>, limits: HTTPLimits) throws(HTTPMessageError) {
    try Self.check(section, limits: limits)
    bytes = [UInt8](copyOf: section)
  }

  private static func check(
    _ bytes: Span<UInt8>, limits: HTTPLimits
  ) throws(HTTPMessageError) {
    var position = 0
    var count = 0
    while position < bytes.count && bytes[position] != .carriageReturn {
      guard let line = FieldLine(bytes, at: position) else { throw .badTrailer }
      let name = bytes.extracting(line.name)
      if isForbidden(name) {
        throw .badTrailer
      }
      count += 1
      if count > limits.fieldCount {
        throw .tooManyFields
      }
      position = line.end
    }
    guard position + 2 == bytes.count else { throw .badTrailer }
  }

  /// The fields.
  public var fields: HTTPFields {
    var fields = HTTPFields()
    let span = bytes.span
    var position = 0
    while let line = FieldLine(span, at: position) {
      fields.append(name: span.extracting(line.name), value: span.extracting(line.value))
      position = line.end
    }
    return fields
  }

  static func isForbidden(_ name: Span<UInt8>) -> Bool {
    switch name.count {
    case 4: name.equalsInAnyCase("host")
    case 7: name.equalsInAnyCase("trailer") || name.equalsInAnyCase("upgrade")
    case 10: name.equalsInAnyCase("connection")
    case 14: name.equalsInAnyCase("content-length")
    case 17: name.equalsInAnyCase("transfer-encoding")
    default: false
    }
  }
}
