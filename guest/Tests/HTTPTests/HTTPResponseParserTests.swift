// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import Testing

private struct Case: CustomTestStringConvertible {
  let testDescription: String
  let bytes: String
  let verbs: [HTTPVerb]
  let transcript: Transcript

  init(
    _ name: String, _ bytes: String, to verbs: [HTTPVerb] = [.get], _ messages: [String],
    error: HTTPMessageError? = nil, isIncomplete: Bool = false
  ) {
    testDescription = name
    self.bytes = bytes
    self.verbs = verbs
    transcript = Transcript(messages: messages, error: error, isIncomplete: isIncomplete)
  }

  init(_ name: String, _ bytes: String, _ error: HTTPMessageError) {
    self.init(name, bytes, [], error: error, isIncomplete: true)
  }
}

private let cases = [
  Case(
    "length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", ["200 OK [Content-Length: 2] {hi}"]),
  Case(
    "until the end", "HTTP/1.1 200 OK\r\nX: y\r\n\r\nhi", ["200 OK [X: y] last {hi}"]),
  Case(
    "chunks and trailers",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n",
    ["200 OK [Transfer-Encoding: chunked] {hi} +A: b"]),
  Case("no reason", "HTTP/1.1 204 \r\n\r\n", ["204 "]),
  Case("no space for a reason", "HTTP/1.1 204\r\n\r\n", ["204 "]),
  Case("reason with spaces", "HTTP/1.1 204 No  Content \r\n\r\n", ["204 No  Content "]),
  Case(
    "no content with 304", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n",
    ["304 x [Content-Length: 5]"]),
  Case(
    "no content for HEAD", "HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n", to: [.head],
    ["200 x [Content-Length: 5]"]),
  Case(
    "interim responses",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nX: y\r\n\r\n"
      + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    ["100 Continue", "103 E [X: y]", "200 OK [Content-Length: 1] {x}"]),
  Case(
    "pipelined",
    "HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nHTTP/1.1 404 y\r\nContent-Length: 1\r\n\r\nz",
    to: [.head, .get], ["200 x [Content-Length: 9]", "404 y [Content-Length: 1] {z}"]),
  Case(
    "HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nz",
    ["200 OK [Content-Length: 1] last {z}"]),
  Case(
    "HTTP/1.0 that persists",
    "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nz",
    ["200 OK [Content-Length: 1] [Connection: keep-alive] {z}"]),
  Case("nothing", " ", [], error: .truncated, isIncomplete: true),
  Case(
    "short content", "HTTP/1.1 200 x\r\nContent-Length: 3\r\n\r\nhi",
    ["200 x [Content-Length: 3]"], error: .truncated, isIncomplete: true),
  Case(
    "short chunks", "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    ["200 x [Transfer-Encoding: chunked]"], error: .truncated, isIncomplete: true),
  Case("short head", "HTTP/1.1 200 x\r\nContent-", .truncated),
  Case("no status", "HTTP/1.1 OK\r\n\r\n", .badStartLine),
  Case("status of two digits", "HTTP/1.1 20 OK\r\n\r\n", .badStartLine),
  Case("status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", .badStartLine),
  Case("status 099", "HTTP/1.1 099 OK\r\n\r\n", .badStartLine),
  Case("status 600", "HTTP/1.1 600 OK\r\n\r\n", .badStartLine),
  Case("tab before the status", "HTTP/1.1\t200 OK\r\n\r\n", .badStartLine),
  Case("another protocol", "ICY 200 OK\r\nX: yy\r\n\r\n", .badStartLine),
  Case("version 2", "HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
  Case("control byte in the reason", "HTTP/1.1 200 O\u{1}K\r\n\r\n", .badStartLine),
  Case("folded line", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", .badField),
  Case("bare LF", "HTTP/1.1 200 OK\nX: y\r\n\r\n", .badLineEnd),
  Case(
    "both lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    .ambiguousLength),
  Case(
    "different lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    .badContentLength),
  Case(
    "chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    .badTransferEncoding),
  Case(
    "unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    .unknownTransferCoding),
  Case("over the limit", "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", .bodyTooLarge),
]

struct HTTPResponseParserTests {
  @Test(arguments: cases)
  private func reads(_ example: Case) {
    let bytes = Array(example.bytes.utf8)
    let whole = parseResponses([bytes[...]], to: example.verbs)
    #expect(whole == example.transcript)
    for cut in 1..<max(bytes.count, 1) {
      #expect(parseResponses(pieces(bytes, at: [cut]), to: example.verbs) == whole, "\(cut)")
    }
    let single = pieces(bytes, at: Array(1..<bytes.count))
    #expect(parseResponses(single, to: example.verbs) == whole)
  }

  @Test func endBetweenResponsesIsFine() throws {
    var parser = HTTPResponseParser()
    let hasEnded = try parser.finish()
    #expect(!hasEnded)
  }
}
