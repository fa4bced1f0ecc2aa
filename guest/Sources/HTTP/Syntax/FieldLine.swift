// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Where the parts of one field line are (RFC 9112, section 5).
///
///     name ":" OWS value OWS CRLF
struct FieldLine {
  /// The name, a token.
  let name: Range<Int>
  /// The value without the blanks around it.
  let value: Range<Int>
  /// Where the next line starts.
  let end: Int

  /// Reads the line at `start`; nil when it is malformed: no name, anything but a token before the
  /// colon (also a space), a line that starts with a blank (which once folded lines), a control byte
  /// or a lone CR or LF in the value, or no end.
  init?(_ bytes: Span<UInt8>, at start: Int) {
    var index = start
    while index < bytes.count && bytes[index].isTokenByte {
      index += 1
    }
    guard index > start, index < bytes.count, bytes[index] == UInt8(ascii: ":") else { return nil }
    name = start..<index
    index += 1
    let valueStart = index
    while index < bytes.count && bytes[index].isFieldValueByte {
      index += 1
    }
    guard index + 1 < bytes.count, bytes[index] == .carriageReturn, bytes[index + 1] == .lineFeed
    else { return nil }
    value = bytes.trimmed(valueStart..<index)
    end = index + 2
  }
}
