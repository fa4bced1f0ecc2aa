// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import Testing

struct HTTPRequestParserTests {
  @Test(arguments: goodRequests.indices)
  func readsRequests(_ index: Int) {
    let (bytes, messages) = goodRequests[index]
    #expect(parseRequests(bytes) == Transcript(messages: messages))
  }

  @Test(arguments: badRequests)
  func refuses(_ request: BadRequest) {
    #expect(parseRequests(request.bytes).error == request.error)
  }

  /// What a request is does not depend on how it arrives.
  @Test func cutsMakeNoDifference() {
    for text in goodRequests.map(\.bytes) + badRequests.map(\.bytes) {
      let bytes = Array(text.utf8)
      let whole = parseRequests([bytes[...]])
      for cut in 1..<bytes.count {
        let parts = parseRequests(pieces(bytes, at: [cut]))
        #expect(parts == whole, "\(text.debugDescription) cut at \(cut)")
      }
      let single = parseRequests(pieces(bytes, at: Array(1..<bytes.count)))
      #expect(single == whole, "\(text.debugDescription) byte by byte")
    }
  }

  @Test func refusalIsForEver() throws {
    var parser = HTTPRequestParser()
    let bad = Array("x\n".utf8)
    let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    for bytes in [bad, good, []] {
      var refusal: HTTPMessageError?
      do throws(HTTPMessageError) {
        _ = try parser.parse(bytes.span)
      } catch {
        refusal = error
      }
      #expect(refusal == .badLineEnd)
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
    ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
    ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x , Close\r\n\r\n", false),
    ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false),
    ("GET / HTTP/1.0\r\n\r\n", false),
    ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
    ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
  ])
  func tellsPersistence(_ text: String, _ isPersistent: Bool) throws {
    #expect(try head(text).isPersistent == isPersistent)
  }

  @Test(arguments: [
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n", true),
    ("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", false),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", false),
  ])
  func tellsExpectation(_ text: String, _ expectsContinue: Bool) throws {
    #expect(try head(text).expectsContinue == expectsContinue)
  }

  @Test func findsFields() throws {
    let head = try head("GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-two: 2\r\nX-ONE: 3\r\n\r\n")
    #expect(head.withField("x-one") { $0[0] } == UInt8(ascii: "1"))
    #expect(head.withField("x-two") { $0[0] } == UInt8(ascii: "2"))
    #expect(head.withField("x-three") { $0[0] } == nil)
    let names = head.httpRequest.headerFields.map(\.name.rawName)
    #expect(names == ["X-One", "x-two", "X-ONE"])
  }

  private func head(_ text: String) throws -> HTTPRequestHead {
    var parser = HTTPRequestParser()
    let bytes = Array(text.utf8)
    let step = try parser.parse(bytes.span)
    guard case .head(let head)? = step.event else {
      throw HTTPMessageError.truncated
    }
    return head
  }
}
