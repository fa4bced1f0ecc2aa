// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import Kernel
import Sockets

extension ServerSession {
  /// What may have to be waited for.
  enum Work {
    /// A handler makes the response.
    case handle(ServerRequest, Router.Handler)
    /// The rest of a file, the start of which is written.
    case send(StaticFile, Range<Int>)
    /// There is enough to send.
    case flush
  }

  /// Answers what an event asks for, as far as that needs no waiting.
  func begin(_ event: HTTPServerConnection.Event) throws(StreamError) -> Work? {
    switch event {
    case .request(let head):
      server.requestCount += 1
      discarded = 0
      return try begin(head)
    case .refused(let error): appendRefusal(error)
    case .body(let range):
      discarded += range.count
      if discarded > Self.discardLimit {
        http.stopReading()
      }
    case .end: break
    }
    return nil
  }

  private func begin(_ head: HTTPRequestHead) throws(StreamError) -> Work? {
    switch server.router.table.match(head.verb, head.path) {
    case .found(.file(let file), _): return append(file, head)
    case .found(.handler(let handler), let parameters):
      return .handle(ServerRequest(head, parameters, self), handler)
    case .methodNotAllowed(let verbs): try appendRefusal(head, allowed: verbs)
    case .notFound where head.verb == .other || head.verb == .connect:
      try append(HTTPResponse(status: .notImplemented), [])
    case .notFound:
      let response = HTTPResponse(
        status: .notFound, headerFields: [.contentType: "text/plain; charset=utf-8"])
      try append(response, Array("Not found\n".utf8))
    }
    return nil
  }

  func perform(_ work: Work) async throws(StreamError) {
    switch work {
    case .handle(let request, let handler): try await answer(request, handler)
    case .send(let file, let rest): try await send(file, rest)
    case .flush: try await flush()
    }
  }

  private func answer(
    _ request: ServerRequest, _ handler: Router.Handler
  ) async throws(StreamError) {
    let response = await handler(request)
    // What came instead of the content may have been refused meanwhile.
    guard http.isResponding else { return }
    switch response.content {
    case .file(let file):
      if case .send(let file, let rest) = append(file, request.head) {
        try await send(file, rest)
      }
    case .bytes(let bytes): try append(response.head, bytes)
    case .stream(let length, let write):
      try appendHead(response.head, length: length)
      if http.sendsBody {
        try await write(ServerBody(self))
      }
      http.appendEnd(at: MonotonicClock.now.nanoseconds, to: &output)
    }
  }

  /// Writes a file's head, and its content if that is short.
  private func append(_ file: StaticFile, _ head: HTTPRequestHead) -> Work? {
    prepareOutput()
    let rest = http.append(
      file, for: head, date: server.currentDate(), at: MonotonicClock.now.nanoseconds, to: &output)
    return rest.isEmpty ? nil : .send(file, rest)
  }

  private func send(_ file: StaticFile, _ rest: Range<Int>) async throws(StreamError) {
    try await flush()
    let content = file.content
    var position = rest.lowerBound
    while position < rest.upperBound {
      let end = min(position + Self.readSize, rest.upperBound)
      writeDeadline = MonotonicClock.now.nanoseconds &+ server.times.write
      try await stream.write(content.span.extracting(position..<end))
      position = end
    }
    writeDeadline = nil
    http.fileSent(at: MonotonicClock.now.nanoseconds)
  }

  private func append(_ head: HTTPResponse, _ content: [UInt8]) throws(StreamError) {
    try appendHead(head, length: UInt64(content.count))
    appendBody(content.span)
    http.appendEnd(at: MonotonicClock.now.nanoseconds, to: &output)
  }

  private func appendRefusal(
    _ head: HTTPRequestHead, allowed: [HTTPVerb]
  ) throws(StreamError) {
    var names = ""
    for verb in allowed + (allowed.contains(.get) ? [.head, .options] : [.options]) {
      if let method = verb.method {
        names += (names.isEmpty ? "" : ", ") + method.rawValue
      }
    }
    let status: HTTPResponse.Status =
      head.verb == .options
      ? .noContent : head.verb == .other ? .notImplemented : .methodNotAllowed
    var response = HTTPResponse(status: status)
    // Not by subscript, which compares names, and brings tables of Unicode into the image.
    response.headerFields.append(HTTPField(name: .allow, value: names))
    try append(response, [])
  }

  /// Answers what is no HTTP, or comes too late.
  func appendRefusal(_ error: HTTPMessageError) {
    prepareOutput()
    http.appendRefusal(error, date: server.currentDate(), to: &output)
  }

  private func appendHead(_ head: HTTPResponse, length: UInt64?) throws(StreamError) {
    prepareOutput()
    do throws(HTTPSerializer.Failure) {
      try http.appendHead(head, length: length, date: server.currentDate(), to: &output)
    } catch {
      throw .closed
    }
  }

  func appendBody(_ bytes: Span<UInt8>) {
    http.appendBody(bytes, to: &output)
  }

  func prepareOutput() {
    if output.capacity == 0 {
      output = server.takeBuffer()
    }
  }
}
