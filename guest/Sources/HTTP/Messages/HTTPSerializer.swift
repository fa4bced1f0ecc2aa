// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

/// Writes messages as bytes (RFC 9112). What it writes comes out of a parser as it went in: content
/// that could end a line, or a head, is refused.
public enum HTTPSerializer {
  /// What cannot be written.
  public enum Failure: Error, Sendable {
    /// A field whose value has a CR, an LF or a NUL.
    case badField
    /// A request without a path, or with a space or a control byte in it or in the authority.
    case badTarget
    /// A reason phrase with a control byte.
    case badReason
  }

  /// Appends the head of a request, with its authority as host.
  public static func append(
    _ request: HTTPRequest, to output: inout [UInt8]
  ) throws(Failure) {
    let start = output.count
    do throws(Failure) {
      output.append(text: request.method.rawValue)
      output.append(0x20)
      let target = request.method == .connect ? request.authority : request.path
      try append(target: target, to: &output)
      output.append(" HTTP/1.1\r\n")
      output.append("host: ")
      let host = output.count
      output.append(text: request.authority ?? "")
      guard RequestTarget.isHost(output.span.extracting(host...)) else { throw .badTarget }
      output.append("\r\n")
      try append(request.headerFields, to: &output) { $0.equalsInAnyCase("host") }
      output.append("\r\n")
    } catch {
      output.removeLast(output.count - start)
      throw error
    }
  }

  /// Appends the head of a response, but for the empty line at its end, so that the caller can add
  /// fields of its own, and without the fields that `isOmitted` knows by name.
  public static func append(
    _ response: HTTPResponse, to output: inout [UInt8],
    omitting isOmitted: (Span<UInt8>) -> Bool = { _ in false }
  ) throws(Failure) {
    let start = output.count
    do throws(Failure) {
      output.append("HTTP/1.1 ")
      output.append(decimal: UInt64(response.status.code))
      output.append(0x20)
      let reason = output.count
      output.append(text: response.status.reasonPhrase)
      try check(output.span.extracting(reason...), or: .badReason)
      output.append("\r\n")
      try append(response.headerFields, to: &output, omitting: isOmitted)
    } catch {
      output.removeLast(output.count - start)
      throw error
    }
  }

  /// Appends fields as lines, without those that `isOmitted` knows by name. It is given bytes, because
  /// comparing strings brings tables of Unicode into the image.
  public static func append(
    _ fields: HTTPFields, to output: inout [UInt8],
    omitting isOmitted: (Span<UInt8>) -> Bool = { _ in false }
  ) throws(Failure) {
    for field in fields {
      let start = output.count
      output.append(text: field.name.rawName)
      if isOmitted(output.span.extracting(start...)) {
        output.removeLast(output.count - start)
      } else {
        try append(valueOf: field, to: &output)
      }
    }
  }

  private static func append(
    valueOf field: HTTPField, to output: inout [UInt8]
  ) throws(Failure) {
    output.append(": ")
    let value = output.count
    unsafe field.withUnsafeBytesOfValue { unsafe output.append(contentsOf: $0) }
    try check(output.span.extracting(value...), or: .badField)
    output.append("\r\n")
  }

  /// Appends a field whose value is a number.
  static func append(_ name: StaticString, _ number: UInt64, to output: inout [UInt8]) {
    output.append(name)
    output.append(": ")
    output.append(decimal: number)
    output.append("\r\n")
  }

  /// Appends a date field.
  static func append(_ date: HTTPDate, to output: inout [UInt8]) {
    output.append("date: ")
    output.append(copyOf: date.bytes.span)
    output.append("\r\n")
  }

  private static func append(
    target: String?, to output: inout [UInt8]
  ) throws(Failure) {
    let start = output.count
    output.append(text: target ?? "")
    guard output.count > start else { throw .badTarget }
    for byte in output[start...] where !byte.isTargetByte {
      throw .badTarget
    }
  }

  private static func check(_ bytes: Span<UInt8>, or failure: Failure) throws(Failure) {
    for index in bytes.indices where !bytes[index].isFieldValueByte {
      throw failure
    }
  }
}
