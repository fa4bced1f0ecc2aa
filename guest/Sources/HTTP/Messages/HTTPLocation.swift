// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Where a resource is: a URL of the scheme `http` (RFC 9110, section 4.2.1), without its fragment.
public struct HTTPLocation: Equatable, Sendable {
  /// The name or address, as it was written; an address of version 6 without its brackets.
  public let host: String
  /// The port.
  public let port: UInt16
  /// Path and query, percent-encoded.
  public let path: String
  /// Host and port as a request names them.
  public let authority: String

  private static let defaultPort: UInt16 = 80

  /// Reads a URL; nil when it is malformed, of another scheme, or has a user in it.
  public init?(_ url: String) {
    let bytes = Array(url.utf8)
    let span = bytes.span
    guard span.count > 7, span.extracting(0..<7).equalsInAnyCase("http://") else { return nil }
    self.init(authorityAndPath: span.extracting(7...))
  }

  private init?(authorityAndPath bytes: Span<UInt8>) {
    let end = bytes.firstIndex(of: UInt8(ascii: "#"), in: bytes.indices) ?? bytes.count
    var authorityEnd = 0
    while authorityEnd < end && bytes[authorityEnd] != UInt8(ascii: "/")
      && bytes[authorityEnd] != UInt8(ascii: "?")
    {
      authorityEnd += 1
    }
    let authority = bytes.extracting(0..<authorityEnd)
    guard !authority.isEmpty, RequestTarget.isHost(authority) else { return nil }
    var path = bytes.extracting(authorityEnd..<end).text
    if authorityEnd == end || bytes[authorityEnd] == UInt8(ascii: "?") {
      path = "/" + path
    }
    guard Self.isPath(path) else { return nil }
    self.init(authority: authority, path: path)
  }

  private init(authority: Span<UInt8>, path: String) {
    self.path = path
    self.authority = authority.text
    var hostEnd = authority.count
    var port = Self.defaultPort
    var index = authority.count
    while index > 0 && authority[index - 1].digitValue != nil {
      index -= 1
    }
    if index > 0 && authority[index - 1] == UInt8(ascii: ":") {
      hostEnd = index - 1
      port = authority.extracting(index...).decimal.flatMap { UInt16(exactly: $0) } ?? port
    }
    self.port = port
    let isBracketed = authority[0] == UInt8(ascii: "[") && authority[hostEnd - 1] == 0x5d
    host = authority.extracting(isBracketed ? 1..<hostEnd - 1 : 0..<hostEnd).text
  }

  private static func isPath(_ path: String) -> Bool {
    path.utf8.allSatisfy { $0.isTargetByte }
  }

  /// Where a reference leads from here (RFC 3986, section 5.2; dots in it are left to the server).
  public func resolving(_ reference: String) -> HTTPLocation? {
    let bytes = Array(reference.utf8)
    let span = bytes.span
    if span.count >= 2 && span.extracting(0..<2).equals("//") {
      return HTTPLocation(authorityAndPath: span.extracting(2...))
    }
    if let colon = span.firstIndex(of: UInt8(ascii: ":"), in: span.indices),
      Self.isScheme(span.extracting(0..<colon))
    {
      return HTTPLocation(reference)
    }
    let start: Span<UInt8> = span.extracting(
      0..<(span.firstIndex(of: UInt8(ascii: "#"), in: span.indices) ?? span.count))
    let path = joined(start)
    guard Self.isPath(path) else { return nil }
    let authority = Array(authority.utf8)
    return HTTPLocation(authority: authority.span, path: path)
  }

  private static func isScheme(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices {
      let letter = bytes[index].lowercased &- UInt8(ascii: "a")
      let isOther = bytes[index].digitValue != nil || bytes[index] == 0x2b || bytes[index] == 0x2d
      guard letter < 26 || index > 0 && (isOther || bytes[index] == 0x2e) else { return false }
    }
    return !bytes.isEmpty
  }

  private func joined(_ reference: Span<UInt8>) -> String {
    if reference.isEmpty {
      return path
    }
    let own = Array(path.utf8)
    let pathEnd = own.firstIndex(of: UInt8(ascii: "?")) ?? own.count
    switch reference[0] {
    case UInt8(ascii: "/"): return reference.text
    case UInt8(ascii: "?"): return String(decoding: own[..<pathEnd], as: UTF8.self) + reference.text
    default:
      let slash = own[..<pathEnd].lastIndex(of: UInt8(ascii: "/")) ?? 0
      return String(decoding: own[...slash], as: UTF8.self) + reference.text
    }
  }
}
