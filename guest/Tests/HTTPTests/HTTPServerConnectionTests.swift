// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import Testing

private let second: UInt64 = 1_000_000_000
private let date = HTTPDate(secondsSince1970: 0)

/// A connection with what was written to it.
private struct Session {
  var connection = HTTPServerConnection(at: 0)
  var input: [UInt8] = []
  var output: [UInt8] = []

  mutating func next(_ text: String = "", at now: UInt64 = 0) -> HTTPServerConnection.Event? {
    input += Array(text.utf8)
    let bytes = input
    let step = connection.receive(bytes.span, at: now)
    input.removeFirst(step.consumed)
    return step.event
  }

  mutating func respond(_ response: HTTPResponse, length: UInt64? = 0, body: String = "") throws {
    try connection.appendHead(response, length: length, date: date, to: &output)
    let bytes = Array(body.utf8)
    connection.appendBody(bytes.span, to: &output)
    connection.appendEnd(at: 0, to: &output)
  }

  mutating func written() -> String {
    defer { output = [] }
    return String(decoding: output, as: UTF8.self)
      .replacing("date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", with: "")
      .replacing("\r\n", with: "|")
  }
}

extension HTTPServerConnection.Event {
  fileprivate var isRequest: Bool { if case .request = self { true } else { false } }
  fileprivate var isEnd: Bool { if case .end = self { true } else { false } }
  fileprivate var refusal: HTTPMessageError? {
    if case .refused(let error) = self { error } else { nil }
  }
}

struct HTTPServerConnectionTests {
  private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test func pipelinedRequestsWaitForTheirTurn() throws {
    var session = Session()
    for _ in 0..<2 {
      let request = session.next(session.input.isEmpty ? get + get : "")
      #expect(request?.isRequest == true)
      let end = session.next()
      #expect(end?.isEnd == true)
      let early = session.next()
      #expect(early == nil)
      try session.respond(HTTPResponse(status: .ok), length: 2, body: "hi")
      let written = session.written()
      #expect(written == "HTTP/1.1 200 OK|content-length: 2||hi")
    }
    #expect(session.connection.isIdle)
    #expect(session.input.isEmpty)
  }

  @Test(
    arguments: [
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", nil, "transfer-encoding: chunked||2|hi|0||", true),
      ("GET / HTTP/1.0\r\n\r\n", nil, "connection: close||hi", false),
      (
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 2,
        "content-length: 2|connection: keep-alive||hi", true
      ),
      ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", nil, "connection: close||hi", false),
      (
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 2,
        "content-length: 2|connection: close||hi", false
      ),
      ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 2, "content-length: 2||", true),
      ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", nil, "transfer-encoding: chunked||", true),
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1, "content-length: 1||h", true),
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 3, "content-length: 3||hi", false),
    ] as [(String, UInt64?, String, Bool)])
  func frames(_ request: String, _ length: UInt64?, _ expected: String, _ persists: Bool) throws {
    var session = Session()
    _ = session.next(request)
    _ = session.next()
    try session.respond(HTTPResponse(status: .ok), length: length, body: "hi")
    let written = session.written()
    #expect(written == "HTTP/1.1 200 OK|\(expected)")
    #expect(session.connection.isPersistent == persists)
    #expect(session.connection.isIdle == persists)
  }

  @Test(arguments: [HTTPResponse.Status.noContent, .notModified])
  func someResponsesHaveNoContent(_ status: HTTPResponse.Status) throws {
    var session = Session()
    _ = session.next(get)
    try session.respond(HTTPResponse(status: status), length: 2, body: "hi")
    let written = session.written()
    #expect(written == "HTTP/1.1 \(status)||")
  }

  @Test func contentIsAskedFor() throws {
    var session = Session()
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    _ = session.next(head)
    #expect(session.connection.awaitsContinue)
    session.connection.appendContinue(to: &session.output)
    session.connection.appendContinue(to: &session.output)
    let asked = session.written()
    #expect(asked == "HTTP/1.1 100 Continue||")
    _ = session.next("x")
    _ = session.next()
    try session.respond(HTTPResponse(status: .ok))
    #expect(session.connection.isIdle)
  }

  @Test func contentThatIsNotAskedForEndsTheConnection() throws {
    var session = Session()
    _ = session.next(
      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
    try session.respond(HTTPResponse(status: .unauthorized))
    let written = session.written()
    #expect(written == "HTTP/1.1 401 Unauthorized|content-length: 0|connection: close||")
    #expect(!session.connection.isPersistent)
    // It does not come.
    #expect(session.connection.isRequestComplete)
  }

  /// Neither malformed content nor the end of patience makes a second response.
  @Test(arguments: [false, true]) func oneRequestHasOneResponse(isLate: Bool) throws {
    var session = Session()
    _ = session.next("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    try session.respond(HTTPResponse(status: .ok))
    _ = session.written()
    if isLate {
      let tells = session.connection.expire(at: 100 * second)
      #expect(!tells)
    } else {
      let refusal = session.next("x")?.refusal
      #expect(refusal == .badChunk)
    }
    session.connection.appendRefusal(.badChunk, date: date, to: &session.output)
    #expect(session.output.isEmpty)
    #expect(session.connection.isRequestComplete)
  }

  /// The next request has its own.
  @Test func theRequestBehindAnEarlyResponseIsRefused() throws {
    var session = Session()
    _ = session.next("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
    try session.respond(HTTPResponse(status: .ok))
    _ = session.written()
    _ = session.next("x")
    _ = session.next()
    let refusal = session.next("GET /\r\n\r\n")?.refusal
    #expect(refusal == .badStartLine)
    session.connection.appendRefusal(.badStartLine, date: date, to: &session.output)
    #expect(!session.output.isEmpty)
  }

  @Test func responseBeforeTheContentIsRead() throws {
    var session = Session()
    _ = session.next("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
    try session.respond(HTTPResponse(status: .ok))
    #expect(!session.connection.isRequestComplete)
    _ = session.next("y")
    _ = session.next()
    _ = session.next()
    #expect(session.connection.isIdle)
  }

  @Test func refusalEndsTheConnection() {
    var session = Session()
    let refusal = session.next("GET /\r\n\r\n" + get)?.refusal
    #expect(refusal == .badStartLine)
    session.connection.appendRefusal(.badStartLine, date: date, to: &session.output)
    let written = session.written()
    #expect(written == "HTTP/1.1 400 Bad Request|content-length: 0|connection: close||")
    let more = session.next(get)
    #expect(more == nil)
    #expect(!session.connection.isPersistent)
  }

  @Test func refusalDoesNotBreakIntoAResponse() throws {
    var session = Session()
    _ = session.next(
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    try session.connection.appendHead(
      HTTPResponse(status: .ok), length: nil, date: date, to: &session.output)
    _ = session.written()
    let refusal = session.next("x")?.refusal
    #expect(refusal == .badChunk)
    session.connection.appendRefusal(.badChunk, date: date, to: &session.output)
    #expect(session.output.isEmpty)
  }

  @Test func shutDownTellsTheClient() throws {
    var session = Session()
    _ = session.next(get)
    session.connection.shutDown()
    try session.respond(HTTPResponse(status: .ok))
    let written = session.written()
    #expect(written.contains("connection: close"))
    var idle = HTTPServerConnection(at: 0)
    idle.shutDown()
    #expect(idle.isRequestComplete)
  }

  @Test func timesAreLimited() {
    var session = Session()
    #expect(session.connection.deadline == 60 * second)
    _ = session.next("G", at: 5 * second)
    #expect(session.connection.deadline == 15 * second)
    _ = session.next("E", at: 14 * second)
    #expect(session.connection.deadline == 15 * second)
    _ = session.next("T / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n", at: 14 * second)
    #expect(session.connection.deadline == 24 * second)
    _ = session.next(String(repeating: "x", count: 1024), at: 20 * second)
    #expect(session.connection.deadline == 26 * second)
    let early = session.connection.expire(at: 25 * second)
    #expect(!early)
    let late = session.connection.expire(at: 26 * second)
    #expect(late)
    session.connection.appendRefusal(.timeout, date: date, to: &session.output)
    let written = session.written()
    #expect(written == "HTTP/1.1 408 Request Timeout|content-length: 0|connection: close||")
    #expect(session.connection.deadline == nil)
  }

  @Test func idleConnectionsExpireInSilence() {
    var session = Session()
    let tells = session.connection.expire(at: 60 * second)
    #expect(!tells)
    #expect(session.connection.isRequestComplete)
  }

  @Test func fieldsOfTheConnectionAreItsOwn() throws {
    var session = Session()
    _ = session.next(get)
    var response = HTTPResponse(status: .ok)
    response.headerFields[.contentLength] = "7"
    response.headerFields[.transferEncoding] = "gzip"
    response.headerFields[.connection] = "upgrade"
    try session.respond(response, length: 2, body: "hi")
    let written = session.written()
    #expect(written == "HTTP/1.1 200 OK|content-length: 2||hi")
  }
}
