// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import Testing

struct StaticFileTests {
  private let file = StaticFile(
    Array("0123456789".utf8), type: "text/plain",
    lastModified: HTTPDate(secondsSince1970: 784_111_777))
  private let date = HTTPDate(secondsSince1970: 951_782_400)

  /// The status line and the fields but those of every response, and the content.
  private func response(_ fields: String = "", verb: String = "GET") -> String {
    var connection = HTTPServerConnection(at: 0)
    let bytes = Array("\(verb) / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8)
    let step = connection.receive(bytes.span, at: 0)
    guard case .request(let head)? = step.event else { return "no request" }
    var output: [UInt8] = []
    let rest = connection.append(file, for: head, date: date, at: 0, to: &output)
    #expect(rest.isEmpty)
    #expect(!connection.isResponding)
    let lines = String(decoding: output, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    let common = ["etag", "last-modified", "accept-ranges", "content-type", "date"]
    #expect(common.allSatisfy { name in lines.contains { $0.hasPrefix("\(name): ") } })
    return lines.filter { line in !common.contains { line.hasPrefix("\($0): ") } }
      .joined(separator: "|")
  }

  private var tag: String { String(decoding: file.entityTag, as: UTF8.self) }
  private let whole = "HTTP/1.1 200 OK|content-length: 10||0123456789"
  private let unchanged = "HTTP/1.1 304 Not Modified||"
  private let early = "Sun, 06 Nov 1994 08:49:36 GMT"
  private let same = "Sun, 06 Nov 1994 08:49:37 GMT"

  @Test func plain() {
    #expect(response() == whole)
    #expect(response(verb: "HEAD") == "HTTP/1.1 200 OK|content-length: 10||")
    #expect(
      response("Connection: close\r\n")
        == "HTTP/1.1 200 OK|content-length: 10|connection: close||0123456789")
  }

  @Test func entityTags() {
    #expect(response("If-None-Match: \(tag)\r\n") == unchanged)
    #expect(response("If-None-Match: \"x\", W/\(tag)\r\n") == unchanged)
    #expect(response("If-None-Match: *\r\n") == unchanged)
    #expect(response("If-None-Match: \"x\"\r\n") == whole)
    #expect(response("If-None-Match: \(tag)\r\n", verb: "HEAD") == unchanged)
    #expect(response("If-Match: \(tag)\r\n") == whole)
    let failed = "HTTP/1.1 412 Precondition Failed|content-length: 0||"
    #expect(response("If-Match: \"x\"\r\n") == failed)
    #expect(response("If-Match: W/\(tag)\r\n") == failed)
  }

  @Test func dates() {
    #expect(response("If-Modified-Since: \(same)\r\n") == unchanged)
    #expect(response("If-Modified-Since: \(early)\r\n") == whole)
    #expect(response("If-Modified-Since: yesterday\r\n") == whole)
    #expect(response("If-None-Match: \"x\"\r\nIf-Modified-Since: \(same)\r\n") == whole)
    #expect(response("If-Unmodified-Since: \(same)\r\n") == whole)
    #expect(response("If-Unmodified-Since: \(early)\r\n").contains(" 412 "))
  }

  @Test(arguments: [
    ("bytes=0-0", "0-0", "0"), ("bytes=3-5", "3-5", "345"), ("bytes=8-", "8-9", "89"),
    ("bytes=8-99", "8-9", "89"), ("bytes=-3", "7-9", "789"), ("bytes=-99", "0-9", "0123456789"),
    ("BYTES=9-9", "9-9", "9"), ("bytes=9-18446744073709551615", "9-9", "9"),
  ])
  func ranges(_ value: String, _ range: String, _ content: String) {
    let head = "HTTP/1.1 206 Partial Content|content-range: bytes \(range)/10"
    #expect(
      response("Range: \(value)\r\n") == "\(head)|content-length: \(content.utf8.count)||\(content)"
    )
  }

  @Test(arguments: ["bytes=10-", "bytes=10-11", "bytes=-0"])
  func rangesBeyondTheEnd(_ value: String) {
    #expect(
      response("Range: \(value)\r\n")
        == "HTTP/1.1 416 Range Not Satisfiable|content-range: bytes */10|content-length: 0||")
  }

  @Test(arguments: [
    "bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "bytes=1-2,4-5", "lines=1-2", "bytes 1-2",
    "bytes=99999999999999999999-", "bytes=--1",
  ])
  func rangesThatAreIgnored(_ value: String) {
    #expect(response("Range: \(value)\r\n") == whole)
  }

  @Test func conditionsOfRanges() {
    let part = "HTTP/1.1 206 Partial Content|content-range: bytes 1-2/10|content-length: 2||12"
    #expect(response("Range: bytes=1-2\r\nIf-Range: \(tag)\r\n") == part)
    #expect(response("Range: bytes=1-2\r\nIf-Range: \(same)\r\n") == part)
    #expect(response("Range: bytes=1-2\r\nIf-Range: W/\(tag)\r\n") == whole)
    #expect(response("Range: bytes=1-2\r\nIf-Range: \(early)\r\n") == whole)
    #expect(
      response("Range: bytes=1-2\r\n", verb: "HEAD") == "HTTP/1.1 200 OK|content-length: 10||")
  }

  @Test(arguments: [
    ("a.html", "text/html; charset=utf-8"), ("A.PNG", "image/png"),
    ("x.tar.gz", "application/gzip"),
    ("plain", "application/octet-stream"), ("x.", "application/octet-stream"),
  ])
  func types(_ name: String, _ type: String) {
    #expect(contentType(of: name).description == type)
  }
}
