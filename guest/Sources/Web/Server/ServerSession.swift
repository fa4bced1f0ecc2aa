// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import Kernel
import Sockets

/// One connection of a server.
///
/// Sendable because nothing runs at the same time as its user.
final class ServerSession: @unchecked Sendable {
  /// Output is sent when it has this size, even when more requests wait for their responses.
  private static let outputSize = 32_768
  private static let readSize = 65_536
  /// An idle connection keeps at most this much for its input.
  private static let idleSize = 512
  /// What is read and forgotten of a request that was answered without its content.
  private static let discardLimit = 262_144
  /// For how long an answer may take that the client does not read, in nanoseconds.
  private static let writeTime: UInt64 = 60_000_000_000
  private static let lingerTime: Duration = .seconds(2)

  let stream: TCPStream
  var task: Task<Void, Never>?
  /// Where the server has this session.
  var index: Int
  private let server: HTTPServer
  private var http: HTTPServerConnection
  /// What came from the client, and how much of it is done with.
  private var input: [UInt8] = []
  private var inputOffset = 0
  private var output: [UInt8] = []
  private var isReading = false
  private var writeDeadline: UInt64?
  private var discarded = 0

  init(_ stream: TCPStream, _ server: HTTPServer, index: Int) {
    self.stream = stream
    self.server = server
    self.index = index
    http = HTTPServerConnection(
      limits: server.limits, times: server.times, at: MonotonicClock.now.nanoseconds)
  }

  func run() async {
    do throws(StreamError) {
      while let event = try await nextEvent() {
        try await handle(event)
      }
      try await flush()
      stream.finish()
      await linger()
    } catch {
      stream.abort()
    }
    server.remove(self)
  }

  /// The next event; nil when nothing more is read.
  private func nextEvent() async throws(StreamError) -> HTTPServerConnection.Event? {
    while true {
      if let event = step() {
        return event
      }
      if http.isRequestComplete {
        return nil
      }
      try await flush()
      if try await !fill() {
        return nil
      }
    }
  }

  private func step() -> HTTPServerConnection.Event? {
    let bytes = input
    let step = http.receive(
      bytes.span.extracting(inputOffset...), at: MonotonicClock.now.nanoseconds)
    inputOffset += step.consumed
    return step.event
  }

  /// Reads more; false at the end of the connection, and when the time is over.
  private func fill() async throws(StreamError) -> Bool {
    forgetInput()
    isReading = true
    defer { isReading = false }
    do throws(StreamError) {
      let count = try await stream.read(atMost: Self.readSize) { piece in
        input.append(copyOf: piece)
      }
      if count == 0 {
        http.receiveEnd()
      }
      return count > 0
    } catch {
      guard case .cancelled = error else { throw error }
      if http.expire(at: MonotonicClock.now.nanoseconds) {
        appendRefusal(.timeout)
      }
      return false
    }
  }

  private func forgetInput() {
    if inputOffset == input.count {
      input.removeAll(keepingCapacity: input.capacity <= Self.idleSize)
    } else {
      input.removeFirst(inputOffset)
    }
    inputOffset = 0
  }

  private func handle(_ event: HTTPServerConnection.Event) async throws(StreamError) {
    switch event {
    case .request(let head):
      server.requestCount += 1
      discarded = 0
      try await answer(head)
      if output.count >= Self.outputSize {
        try await flush()
      }
    case .refused(let error): appendRefusal(error)
    case .body(let range):
      discarded += range.count
      if discarded > Self.discardLimit {
        http.shutDown()
        throw .closed
      }
    case .end: break
    }
  }

  private func appendRefusal(_ error: HTTPMessageError) {
    prepareOutput()
    http.appendRefusal(error, date: server.currentDate(), to: &output)
  }

  private func prepareOutput() {
    if output.capacity == 0 {
      output = server.takeBuffer()
    }
  }

  private func answer(_ head: HTTPRequestHead) async throws(StreamError) {
    switch server.router.table.match(head.verb, head.path) {
    case .found(.file(let file), _): try await send(file, head)
    case .found(.handler(let handler), let parameters):
      let response = await handler(ServerRequest(head, parameters, self))
      // What came instead of the content may have been refused meanwhile.
      if http.isResponding {
        try await send(response, head)
      }
    case .methodNotAllowed(let verbs): try await refuse(head, allowed: verbs)
    case .notFound where head.verb == .other || head.verb == .connect:
      try await send(.status(.notImplemented), head)
    case .notFound: try await send(.text("Not found\n", status: .notFound), head)
    }
  }

  private func refuse(_ head: HTTPRequestHead, allowed: [HTTPVerb]) async throws(StreamError) {
    var names = ""
    for verb in allowed + (allowed.contains(.get) ? [.head, .options] : [.options]) {
      if let method = verb.method {
        names += (names.isEmpty ? "" : ", ") + method.rawValue
      }
    }
    let status: HTTPResponse.Status =
      head.verb == .options
      ? .noContent : head.verb == .other ? .notImplemented : .methodNotAllowed
    var response = ServerResponse.status(status)
    response.head.headerFields[.allow] = names
    try await send(response, head)
  }

  private func send(_ file: StaticFile, _ head: HTTPRequestHead) async throws(StreamError) {
    prepareOutput()
    let rest = http.append(
      file, for: head, date: server.currentDate(), at: MonotonicClock.now.nanoseconds,
      to: &output)
    if !rest.isEmpty {
      try await flush()
      let content = file.content
      writeDeadline = MonotonicClock.now.nanoseconds &+ Self.writeTime
      var position = rest.lowerBound
      while position < rest.upperBound {
        let end = min(position + Self.readSize, rest.upperBound)
        writeDeadline = MonotonicClock.now.nanoseconds &+ Self.writeTime
        try await stream.write(content.span.extracting(position..<end))
        position = end
      }
      writeDeadline = nil
      http.fileSent(at: MonotonicClock.now.nanoseconds)
    }
  }

  private func send(
    _ response: ServerResponse, _ head: HTTPRequestHead
  ) async throws(StreamError) {
    switch response.content {
    case .file(let file): try await send(file, head)
    case .bytes(let bytes):
      try appendHead(response.head, length: UInt64(bytes.count))
      appendBody(bytes.span)
      http.appendEnd(at: MonotonicClock.now.nanoseconds, to: &output)
    case .stream(let length, let write):
      try appendHead(response.head, length: length)
      if http.sendsBody {
        try await write(ServerBody(self))
      }
      http.appendEnd(at: MonotonicClock.now.nanoseconds, to: &output)
    }
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

  /// Sends what was written so far. The buffer is free then for another connection.
  func flush() async throws(StreamError) {
    if output.isEmpty {
      return
    }
    var bytes: [UInt8] = []
    swap(&bytes, &output)
    writeDeadline = MonotonicClock.now.nanoseconds &+ Self.writeTime
    try await stream.write(bytes.span)
    writeDeadline = nil
    server.giveBack(bytes)
  }

  /// The next piece of the present request's content; nil at its end.
  func nextPiece() async throws(ContentError) -> [UInt8]? {
    if http.isRequestComplete {
      return nil
    }
    if http.awaitsContinue {
      prepareOutput()
      http.appendContinue(to: &output)
    }
    let event: HTTPServerConnection.Event?
    do throws(StreamError) {
      event = try await nextEvent()
    } catch {
      throw .lost
    }
    switch event {
    case .body(let range):
      // The range counts from where the step began, which consumed up to its end.
      return Array(input[inputOffset - range.count..<inputOffset])
    case .end: return nil
    case .refused(let error):
      appendRefusal(error)
      throw .lost
    case .request, nil: throw .lost
    }
  }

  /// Ends the session when the client takes too long.
  func checkTime(_ now: UInt64) {
    if let writeDeadline {
      if now >= writeDeadline {
        abort()
      }
    } else if isReading, let deadline = http.deadline, now >= deadline {
      task?.cancel()
    }
  }

  /// Lets the session end with the present response.
  func shutDown() {
    let wasIdle = http.isIdle
    http.shutDown()
    if wasIdle {
      task?.cancel()
    }
  }

  func abort() {
    stream.abort()
    task?.cancel()
  }

  /// Reads what the client still sends: a connection that is closed before would be reset, and the
  /// client might lose the response (RFC 9112, section 9.6).
  private func linger() async {
    var count = 0
    let deadline = MonotonicClock.now.advanced(by: Self.lingerTime)
    do throws(StreamError) {
      while count < Self.discardLimit {
        let now = MonotonicClock.now
        let piece = try await stream.read(
          atMost: Self.readSize, timeout: now.duration(to: deadline)
        ) { _ in }
        if piece == 0 {
          return
        }
        count += piece
      }
    } catch {}
  }
}
