// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import HTTPTypes
import Kernel
import NetWire
import Sockets

/// One connection to a server, for one request at a time.
///
/// Sendable because nothing runs at the same time as its user.
final class ClientConnection: @unchecked Sendable {
  let authority: String
  private let stream: TCPStream
  private var parser: HTTPResponseParser
  private var input: [UInt8] = []
  private var inputOffset = 0
  /// Whether another request may follow.
  private(set) var isPersistent = false
  /// Whether a byte of the present response has come.
  private(set) var hasReceived = false
  /// When the last response ended.
  private(set) var idleSince = MonotonicClock.now

  init(_ stream: TCPStream, authority: String, limits: HTTPLimits) {
    self.stream = stream
    self.authority = authority
    parser = HTTPResponseParser(limits: limits)
  }

  func send(
    _ request: [UInt8], verb: HTTPVerb, until deadline: MonotonicClock.Instant
  ) async throws(HTTPClientError) -> ClientResponse {
    isPersistent = false
    hasReceived = false
    do throws(StreamError) {
      try await stream.write(request.span, timeout: MonotonicClock.now.duration(to: deadline))
    } catch {
      throw .stream(error)
    }
    var head: HTTPResponseHead?
    var content: [UInt8] = []
    while true {
      switch try await nextEvent(verb, until: deadline) {
      case .head(let next): head = next
      case .body(let range): content += input[inputOffset - range.count..<inputOffset]
      case .end(let trailers):
        guard let head else { throw .message(.badStartLine) }
        isPersistent = head.isPersistent && inputOffset == input.count
        idleSince = MonotonicClock.now
        return ClientResponse(head: head.response, content: content, trailers: trailers.fields)
      }
    }
  }

  private func nextEvent(
    _ verb: HTTPVerb, until deadline: MonotonicClock.Instant
  ) async throws(HTTPClientError) -> HTTPResponseParser.Event {
    while true {
      if let event = try step(verb) {
        return event
      }
      if try await !fill(until: deadline) {
        return try end()
      }
    }
  }

  private func step(_ verb: HTTPVerb) throws(HTTPClientError) -> HTTPResponseParser.Event? {
    let bytes = input
    do throws(HTTPMessageError) {
      let step = try parser.parse(bytes.span.extracting(inputOffset...), to: verb)
      inputOffset += step.consumed
      return step.event
    } catch {
      throw .message(error)
    }
  }

  /// The connection has ended, which may be the end of the content.
  private func end() throws(HTTPClientError) -> HTTPResponseParser.Event {
    do throws(HTTPMessageError) {
      guard try parser.finish() else { throw .truncated }
      return .end(HTTPTrailers())
    } catch {
      throw .message(error)
    }
  }

  private func fill(until deadline: MonotonicClock.Instant) async throws(HTTPClientError) -> Bool {
    input.removeFirst(inputOffset)
    inputOffset = 0
    do throws(StreamError) {
      let time = MonotonicClock.now.duration(to: deadline)
      let count = try await stream.read(atMost: 65_536, timeout: time) { piece in
        input.append(copyOf: piece)
      }
      hasReceived = hasReceived || count > 0
      return count > 0
    } catch {
      throw .stream(error)
    }
  }
}
