// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import Kernel
import Sockets

/// One connection of a server. It waits in few calls deep, and answers what it can without any: what is
/// on the stack of a task where it waits is the memory of an idle connection.
///
/// Sendable because nothing runs at the same time as its user.
final class ServerSession: @unchecked Sendable {
  /// Output is sent when it has this size, even when more requests wait for their responses.
  private static let outputSize = 32_768
  static let readSize = 65_536
  /// What is read and forgotten of a request that was answered without its content.
  static let discardLimit = 262_144
  private static let lingerTime: Duration = .seconds(2)

  let stream: TCPStream
  var task: Task<Void, Never>?
  /// Where the server has this session.
  var index: Int
  let server: HTTPServer
  var http: HTTPServerConnection
  /// What came from the client, and how much of it is done with.
  private var input: [UInt8] = []
  private var inputOffset = 0
  var output: [UInt8] = []
  private var isReading = false
  var writeDeadline: UInt64?
  var discarded = 0

  init(_ stream: TCPStream, _ server: HTTPServer, index: Int) {
    self.stream = stream
    self.server = server
    self.index = index
    http = HTTPServerConnection(
      limits: server.limits, times: server.times, at: MonotonicClock.now.nanoseconds)
  }

  func run() async {
    do throws(StreamError) {
      while true {
        if let work = try answerInput() {
          try await perform(work)
        } else if http.isRequestComplete {
          break
        } else {
          try await flush()
          if try await !fill() {
            break
          }
        }
      }
      try await flush()
      stream.finish()
      await linger()
    } catch {
      stream.abort()
    }
    server.remove(self)
  }

  /// Answers what has come, up to what has to be waited for. Not part of the task's function: what it
  /// holds would be kept where that waits.
  @inline(never)
  private func answerInput() throws(StreamError) -> Work? {
    while let event = step() {
      if let work = try begin(event) {
        return work
      }
      if output.count >= Self.outputSize {
        return .flush
      }
    }
    return nil
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
    if let count = try receive() {
      return count > 0
    }
    isReading = true
    defer { isReading = false }
    do throws(StreamError) {
      try await stream.readable()
    } catch {
      guard case .cancelled = error else { throw error }
      if http.expire(at: MonotonicClock.now.nanoseconds) {
        appendRefusal(.timeout)
      }
      return false
    }
    return try receive() ?? 0 > 0
  }

  /// Takes what has come; nil when that is nothing, 0 at the end.
  private func receive() throws(StreamError) -> Int? {
    let count = try stream.readNow(atMost: Self.readSize) { piece in
      if input.capacity == 0 {
        input = server.takeBuffer()
      }
      input.append(copyOf: piece)
    }
    if count == 0 {
      http.receiveEnd()
    }
    return count
  }

  /// An idle connection keeps no buffer.
  private func forgetInput() {
    if inputOffset == input.count {
      var bytes: [UInt8] = []
      swap(&bytes, &input)
      server.giveBack(bytes)
    } else {
      input.removeFirst(inputOffset)
    }
    inputOffset = 0
  }

  /// Sends what was written so far. The buffer is free then for another connection.
  func flush() async throws(StreamError) {
    if output.isEmpty {
      return
    }
    var bytes: [UInt8] = []
    swap(&bytes, &output)
    let count = try stream.writeNow(bytes.span)
    if count < bytes.count {
      writeDeadline = MonotonicClock.now.nanoseconds &+ server.times.write
      try await stream.write(bytes.span.extracting(count...))
      writeDeadline = nil
    }
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
    let deadline = MonotonicClock.now.advanced(by: Self.lingerTime)
    do throws(StreamError) {
      var now = MonotonicClock.now
      while now < deadline,
        try await stream.read(
          atMost: Self.readSize, timeout: now.duration(to: deadline), { _ in }) > 0
      {
        now = MonotonicClock.now
      }
    } catch {}
  }
}
