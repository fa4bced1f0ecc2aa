// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import Testing

struct HTTPSerializerTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func writesRequests() throws {
    var request = HTTPRequest(method: .post, scheme: "http", authority: "a:8080", path: "/x?y")
    request.headerFields[.accept] = "*/*"
    request.headerFields[.contentLength] = "0"
    var output: [UInt8] = []
    try HTTPSerializer.append(request, to: &output)
    #expect(
      text(output)
        == "POST /x?y HTTP/1.1\r\nhost: a:8080\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n")
    let parsed = parseRequests([output[...]])
    #expect(
      parsed.messages == ["POST /x?y http11 @a:8080 [Accept: */*] [Content-Length: 0]"])
  }

  @Test func writesResponses() throws {
    var response = HTTPResponse(status: .notFound)
    response.headerFields[.contentType] = "text/plain"
    var output: [UInt8] = []
    try HTTPSerializer.append(response, to: &output)
    #expect(text(output) == "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n")
  }

  @Test(arguments: ["", "/a b", "/a\r\nX: y", "/\u{e9}", "/#x"])
  func refusesTargets(_ path: String) {
    let request = HTTPRequest(method: .get, scheme: "http", authority: "a", path: path)
    refuses(request)
  }

  @Test(arguments: ["a b", "a\r\nX: y", "a/b", "u@a", "a,b"])
  func refusesAuthorities(_ authority: String) {
    let request = HTTPRequest(method: .get, scheme: "http", authority: authority, path: "/")
    refuses(request)
  }

  private func refuses(_ request: HTTPRequest) {
    var output: [UInt8] = [1, 2]
    #expect(throws: HTTPSerializer.Failure.self) {
      try HTTPSerializer.append(request, to: &output)
    }
    #expect(output == [1, 2])
  }

  @Test(arguments: ["a\r\nb", "a\rb", "a\nb", "a\0b"])
  func valuesCannotEndLines(_ value: String) throws {
    let fields: HTTPFields = [.accept: value]
    var output: [UInt8] = []
    try HTTPSerializer.append(fields, to: &output)
    #expect(text(output).hasPrefix("Accept: a"))
    #expect(output.filter { $0 < 32 } == [13, 10])
  }

  @Test func reasonsCannotEndLines() throws {
    let response = HTTPResponse(status: .init(code: 200, reasonPhrase: "a\r\nb"))
    var output: [UInt8] = []
    try HTTPSerializer.append(response, to: &output)
    #expect(output.filter { $0 < 32 } == [13, 10])
  }

  @Test func chunksComeBack() {
    var output = Array("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    var content: [UInt8] = []
    for count in [1, 0, 15, 16, 4095, 4096] {
      let piece = [UInt8](repeating: UInt8(ascii: "a") + UInt8(count % 26), count: count)
      content += piece
      ChunkedEncoder.append(piece.span, to: &output)
    }
    ChunkedEncoder.appendEnd([.accept: "b", .contentLength: "4"], to: &output)
    let parsed = parseRequests([output[...]])
    let body = String(decoding: content, as: UTF8.self)
    #expect(
      parsed.messages == ["PUT / http11 @a [Transfer-Encoding: chunked] {\(body)} +Accept: b"])
  }
}
