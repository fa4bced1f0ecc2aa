// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Finds heads, content and ends of the messages of one connection in bytes that arrive in pieces.
/// What a head says, it is told.
struct MessageReader: Sendable {
  enum State {
    case head
    case body
    case failed(HTTPMessageError)
  }

  let limits: HTTPLimits
  private(set) var state = State.head
  private var body = BodyDecoder()
  private var collector = HeadCollector()

  init(limits: HTTPLimits) {
    self.limits = limits
  }

  /// Whether it is between two messages.
  var isIdle: Bool {
    if case .head = state {
      return collector.isEmpty
    }
    return false
  }

  /// Reads up to the next event. An error is for ever. `readHead` returns, besides the head, the length
  /// of the content behind it, or nil when another head follows it.
  @inline(__always)
  mutating func read<Head>(
    _ bytes: Span<UInt8>,
    _ readHead: ([UInt8]) throws(HTTPMessageError) -> (Head, HTTPBodyLength?)
  ) throws(HTTPMessageError) -> HTTPMessageStep<Head> {
    do throws(HTTPMessageError) {
      return try step(bytes, readHead)
    } catch {
      state = .failed(error)
      throw error
    }
  }

  @inline(__always)
  private mutating func step<Head>(
    _ bytes: Span<UInt8>,
    _ readHead: ([UInt8]) throws(HTTPMessageError) -> (Head, HTTPBodyLength?)
  ) throws(HTTPMessageError) -> HTTPMessageStep<Head> {
    switch state {
    case .head:
      let (head, consumed) = try collector.collect(bytes, limits: limits)
      guard let head else { return HTTPMessageStep(consumed: consumed, event: nil) }
      let (value, length) = try readHead(head)
      if let length {
        body.start(length)
        state = .body
      }
      return HTTPMessageStep(consumed: consumed, event: .head(value))
    case .body:
      switch try body.step(bytes, limits: limits) {
      case .end(let consumed, let trailers):
        state = .head
        return HTTPMessageStep(consumed: consumed, event: .end(trailers))
      case .data(let range):
        return HTTPMessageStep(consumed: range.upperBound, event: .body(range))
      case .needsMore:
        return HTTPMessageStep(consumed: bytes.count, event: nil)
      }
    case .failed(let error): throw error
    }
  }

  /// The connection has ended: true when that ends a message, whose content lasts until then, and
  /// false between two messages.
  mutating func finish() throws(HTTPMessageError) -> Bool {
    switch state {
    case .body where body.endsWithConnection:
      state = .head
      return true
    case .head where collector.isEmpty: return false
    case .head, .body:
      state = .failed(.truncated)
      throw .truncated
    case .failed(let error): throw error
    }
  }
}
