// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The first line of a request (RFC 9112, section 3).
///
///     method SP target SP "HTTP/" digit "." digit CRLF
struct RequestLine {
  /// A longer method is one that no server has.
  private static let methodLimit = 32

  let method: Range<Int>
  let target: Range<Int>
  let version: HTTPVersion
  /// Where the field lines start.
  let end: Int

  init(_ bytes: Span<UInt8>) throws(HTTPMessageError) {
    var index = 0
    while index < bytes.count && bytes[index].isTokenByte {
      index += 1
    }
    guard index > 0, index < bytes.count, bytes[index] == 0x20 else { throw .badStartLine }
    if index > Self.methodLimit {
      throw .badMethod
    }
    method = 0..<index
    index += 1
    let targetStart = index
    while index < bytes.count && bytes[index].isTargetByte {
      index += 1
    }
    guard index > targetStart, index < bytes.count, bytes[index] == 0x20
    else { throw .badStartLine }
    target = targetStart..<index
    index += 1
    let versionEnd = index + HTTPVersion.size
    guard versionEnd + 1 < bytes.count, bytes[versionEnd] == .carriageReturn,
      bytes[versionEnd + 1] == .lineFeed
    else { throw .badStartLine }
    version = try HTTPVersion(bytes.extracting(index..<versionEnd))
    end = versionEnd + 2
  }
}
