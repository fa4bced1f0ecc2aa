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

  private enum State {
    case head
    case body(BodyDecoder)
    case failed(HTTPMessageError)
  }

  private let limits: HTTPLimits
  private var state = State.head
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
  ) throws(HTTPMessageError) -> HTTPParserStep<Event> {
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
    case .body(.untilClose):
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
  ) throws(HTTPMessageError) -> HTTPParserStep<Event> {
    switch state {
    case .head:
      let (bytes, consumed) = try collector.collect(bytes, limits: limits)
      guard let bytes else { return HTTPParserStep(consumed: consumed, event: nil) }
      let head = try HTTPResponseHead(bytes.span, to: verb, limits: limits)
      if !head.isInformational {
        state = .body(BodyDecoder(head.bodyLength))
      }
      return HTTPParserStep(consumed: consumed, event: .head(head))
    case .body(var decoder):
      state = .head
      switch try decoder.step(bytes, limits: limits) {
      case .end(let consumed, let trailers):
        return HTTPParserStep(consumed: consumed, event: .end(trailers))
      case .data(let range):
        state = .body(decoder)
        return HTTPParserStep(consumed: range.upperBound, event: .body(range))
      case .needsMore:
        state = .body(decoder)
        return HTTPParserStep(consumed: bytes.count, event: nil)
      }
    case .failed(let error): throw error
    }
  }
}
