// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The first line of a response (RFC 9112, section 4).
///
///     "HTTP/" digit "." digit SP 3digit [ SP reason ] CRLF
struct StatusLine {
  let version: HTTPVersion
  let code: Int
  let reason: Range<Int>
  /// Where the field lines start.
  let end: Int

  init(_ bytes: Span<UInt8>) throws(HTTPMessageError) {
    let codeStart = HTTPVersion.size + 1
    let codeEnd = codeStart + 3
    guard bytes.count >= codeEnd + 2, bytes[HTTPVersion.size] == 0x20,
      let code = bytes.extracting(codeStart..<codeEnd).decimal, code >= 100, code < 600
    else { throw .badStartLine }
    version = try HTTPVersion(bytes.extracting(0..<HTTPVersion.size))
    self.code = Int(code)
    var index = codeEnd
    // Some servers leave the space out together with the reason.
    if bytes[index] == 0x20 {
      index += 1
    } else if bytes[index] != .carriageReturn {
      throw .badStartLine
    }
    let reasonStart = index
    while index < bytes.count && bytes[index].isFieldValueByte {
      index += 1
    }
    guard index + 1 < bytes.count, bytes[index] == .carriageReturn, bytes[index + 1] == .lineFeed
    else { throw .badStartLine }
    reason = reasonStart..<index
    end = index + 2
  }
}
