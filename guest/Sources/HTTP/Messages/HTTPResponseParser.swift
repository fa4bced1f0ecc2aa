// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Reads the responses of one connection from bytes that arrive in pieces.
public struct HTTPResponseParser: Sendable {
  /// What the bytes of a response come to, in this order.
  public enum Event: Sendable {
    /// The head. An informational one has no end: the next head belongs to the same request.
    case head(HTTPResponseHead)
    /// A piece of the content: where it is in the bytes that were given.
    case body(Range<Int>)
    /// The end of the response, also of one without content, and the trailer fields.
    case end(HTTPTrailers)
  }

  /// What was found at the start of some bytes.
  public struct Step: Sendable {
    /// How many of the bytes are done with. The next call gets those behind them.
    public let consumed: Int
    /// What the bytes made complete. Nil when more bytes are needed; all were consumed then.
    public let event: Event?
  }

  private enum State {
    case head
    case body
    case failed(HTTPMessageError)
  }

  private let limits: HTTPLimits
  private var state = State.head
  private var body = BodyDecoder()
  private var collector = HeadCollector()

  /// A parser at the start of a connection.
  public init(limits: HTTPLimits = HTTPLimits()) {
    self.limits = limits
  }

  /// Whether the parser is between two responses.
  public var isIdle: Bool {
    if case .head = state {
      return collector.isEmpty
    }
    return false
  }

  /// Reads up to the next event of the response to a request of `verb`. An error is for ever.
  public mutating func parse(
    _ bytes: Span<UInt8>, to verb: HTTPVerb
  ) throws(HTTPMessageError) -> Step {
    do throws(HTTPMessageError) {
      return try step(bytes, to: verb)
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// The connection has ended: true when that ends a response, whose content lasts until then, and
  /// false between two responses.
  public mutating func finish() throws(HTTPMessageError) -> Bool {
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

  private mutating func step(
    _ bytes: Span<UInt8>, to verb: HTTPVerb
  ) throws(HTTPMessageError) -> Step {
    switch state {
    case .head:
      let (bytes, consumed) = try collector.collect(bytes, limits: limits)
      guard let bytes else { return Step(consumed: consumed, event: nil) }
      let head = try HTTPResponseHead(bytes.span, to: verb, limits: limits)
      if !head.isInformational {
        body.start(head.bodyLength)
        state = .body
      }
      return Step(consumed: consumed, event: .head(head))
    case .body:
      switch try body.step(bytes, limits: limits) {
      case .end(let consumed, let trailers):
        state = .head
        return Step(consumed: consumed, event: .end(trailers))
      case .data(let range):
        return Step(consumed: range.upperBound, event: .body(range))
      case .needsMore:
        return Step(consumed: bytes.count, event: nil)
      }
    case .failed(let error): throw error
    }
  }
}
