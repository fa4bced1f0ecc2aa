// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import Testing

struct HTTPLimitsTests {
  private let limits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.startLineBytes = 40
    limits.headBytes = 200
    limits.fieldCount = 3
    limits.bodyBytes = 10
    limits.chunkExtensionBytes = 8
    limits.trailerBytes = 40
    return limits
  }()

  /// What comes of a request, given at once and byte by byte.
  private func error(_ text: String) -> HTTPMessageError? {
    let bytes = Array(text.utf8)
    let whole = parseRequests([bytes[...]], limits: limits)
    let single = parseRequests(pieces(bytes, at: Array(1..<bytes.count)), limits: limits)
    #expect(whole == single)
    return whole.error
  }

  private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

  @Test func lineAtTheLimit() {
    #expect(error("GET /\(text(26)) HTTP/1.1\r\nHost: a\r\n\r\n") == nil)
    #expect(error("GET /\(text(27)) HTTP/1.1\r\nHost: a\r\n\r\n") == .startLineTooLong)
  }

  @Test func lineWithoutEndIsNotAwaited() {
    #expect(error(text(42)) == .startLineTooLong)
  }

  /// What comes first counts, also when all of it is there.
  @Test func limitsCountBeforeWhatIsBehindThem() {
    #expect(error("\(text(40))\n\(text(60))") == .badLineEnd)
    #expect(error("\(text(41))\n\(text(60))") == .startLineTooLong)
    let head = "GET / HTTP/1.1\r\nHost: a\r\nX: "
    #expect(error("\(head)\(text(200 - head.utf8.count))\nY: z\r\n\r\n") == .badLineEnd)
    #expect(error("\(head)\(text(201 - head.utf8.count))\nY: z\r\n\r\n") == .fieldsTooLarge)
  }

  @Test func headAtTheLimit() {
    let rest = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
    #expect(error("GET / HTTP/1.1\r\nHost: a\r\nX: \(text(200 - rest))\r\n\r\n") == nil)
    #expect(
      error("GET / HTTP/1.1\r\nHost: a\r\nX: \(text(201 - rest))\r\n\r\n") == .fieldsTooLarge)
    #expect(error("GET / HTTP/1.1\r\nHost: a\r\nX: \(text(300))") == .fieldsTooLarge)
  }

  @Test func fieldsAtTheLimit() {
    #expect(error("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\n\r\n") == nil)
    #expect(error("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\n\r\n") == .tooManyFields)
  }

  @Test func contentAtTheLimit() {
    let head = "PUT / HTTP/1.1\r\nHost: a\r\n"
    #expect(error("\(head)Content-Length: 10\r\n\r\n\(text(10))") == nil)
    #expect(error("\(head)Content-Length: 11\r\n\r\n\(text(11))") == .bodyTooLarge)
    let chunked = head + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
    #expect(error("\(chunked)5\r\nabcde\r\n0\r\n\r\n") == nil)
    #expect(error("\(chunked)6\r\nabcdef\r\n0\r\n\r\n") == .bodyTooLarge)
  }

  @Test func extensionsAtTheLimit() {
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(error("\(head)1;\(text(4))\r\nx\r\n0;\(text(4))\r\n\r\n") == nil)
    #expect(error("\(head)1;\(text(4))\r\nx\r\n0;\(text(5))\r\n\r\n") == .badChunk)
  }

  @Test func trailersAtTheLimit() {
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    #expect(error("\(head)X: \(text(33))\r\n\r\n") == nil)
    #expect(error("\(head)X: \(text(34))\r\n\r\n") == .fieldsTooLarge)
    #expect(error("\(head)A: b\r\nA: b\r\nA: b\r\n\r\n") == nil)
    #expect(error("\(head)A: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n") == .tooManyFields)
  }
}
