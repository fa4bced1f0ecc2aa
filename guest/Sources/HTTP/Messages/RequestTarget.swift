// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Where the parts of a request target are (RFC 9112, section 3.2).
struct RequestTarget {
  /// The host and port, of the absolute and the authority form.
  private(set) var authority: Range<Int>?
  /// Empty in the absolute form without a path, which means `/`; `*` in the asterisk form.
  private(set) var path: Range<Int>
  /// What stands behind the question mark.
  private(set) var query: Range<Int>?

  /// Reads the target at `range`; the method says which forms there may be.
  init(
    _ bytes: Span<UInt8>, at range: Range<Int>, verb: HTTPVerb
  ) throws(HTTPMessageError) {
    let end = range.upperBound
    var pathStart = range.lowerBound
    path = end..<end
    if verb == .connect {
      guard Self.isHost(bytes.extracting(range), needsPort: true) else { throw .badTarget }
      authority = range
      return
    }
    if bytes[pathStart] != UInt8(ascii: "/") {
      if bytes.extracting(range).equals("*") && verb == .options {
        path = range
        return
      }
      let host = try Self.authority(of: bytes, at: range)
      authority = host
      pathStart = host.upperBound
    }
    if let mark = bytes.firstIndex(of: UInt8(ascii: "?"), in: pathStart..<end) {
      path = pathStart..<mark
      query = mark + 1..<end
    } else {
      path = pathStart..<end
    }
  }

  /// The authority of the absolute form.
  private static func authority(
    of bytes: Span<UInt8>, at range: Range<Int>
  ) throws(HTTPMessageError) -> Range<Int> {
    let target = bytes.extracting(range)
    let scheme =
      if target.count > 7 && target.extracting(0..<7).equalsInAnyCase("http://") {
        7
      } else if target.count > 8 && target.extracting(0..<8).equalsInAnyCase("https://") {
        8
      } else {
        throw HTTPMessageError.badTarget
      }
    let start = range.lowerBound + scheme
    var end = start
    while end < range.upperBound && bytes[end] != UInt8(ascii: "/")
      && bytes[end] != UInt8(ascii: "?")
    {
      end += 1
    }
    guard end > start, isHost(bytes.extracting(start..<end)) else { throw .badTarget }
    return start..<end
  }

  /// Whether the bytes are a host with or without a port (RFC 3986, sections 3.2.2 and 3.2.3). The
  /// comma, which could join two hosts, is not allowed.
  static func isHost(_ bytes: Span<UInt8>, needsPort: Bool = false) -> Bool {
    var index = 0
    if !bytes.isEmpty && bytes[0] == UInt8(ascii: "[") {
      index = 1
      while index < bytes.count && bytes[index].isIPv6Byte {
        index += 1
      }
      guard index > 1, index < bytes.count, bytes[index] == UInt8(ascii: "]") else { return false }
      index += 1
    } else {
      while index < bytes.count && bytes[index].isHostByte {
        index += 1
      }
    }
    if index == bytes.count {
      return !needsPort
    }
    guard bytes[index] == UInt8(ascii: ":"), index > 0 else { return false }
    let port = bytes.extracting((index + 1)...)
    return port.isEmpty ? !needsPort : port.decimal.map { $0 <= 65535 } ?? false
  }
}

extension UInt8 {
  /// The unreserved and percent-encoded bytes and the delimiters of RFC 3986 but the comma.
  fileprivate var isHostByte: Bool {
    switch self {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "="): true
    case UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "#"): false
    default: isTokenByte
    }
  }

  fileprivate var isIPv6Byte: Bool {
    hexDigitValue != nil || self == UInt8(ascii: ":") || self == UInt8(ascii: ".")
  }
}
