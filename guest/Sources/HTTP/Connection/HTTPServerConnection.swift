// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The server's side of one connection: requests out of bytes, responses into bytes, and whether the
/// connection stays open. One request is served at a time: what follows it waits for its response.
public struct HTTPServerConnection: Sendable {
  /// What the bytes of a client come to.
  public enum Event: Sendable {
    /// A request, to be answered.
    case request(HTTPRequestHead)
    /// A piece of its content: where it is in the bytes that were given.
    case body(Range<Int>)
    /// The end of the request, also of one without content, and the trailer fields.
    case end(HTTPTrailers)
    /// Something else than HTTP, to be answered by `appendRefusal`. Nothing more is read.
    case refused(HTTPMessageError)
  }

  /// What was found at the start of some bytes.
  public struct Step: Sendable {
    /// How many of the bytes are done with. The next call gets those behind them.
    public let consumed: Int
    /// What the bytes made complete. Nil when more bytes are needed; all were consumed then.
    public let event: Event?
  }

  private enum Reading {
    /// Between two requests, since an instant.
    case idle(since: UInt64)
    case head(since: UInt64)
    case body(since: UInt64, received: UInt64)
    /// The request is complete; its response is not.
    case complete
    case ended
  }

  enum Writing {
    /// There is nothing to answer.
    case none
    /// A request waits for its response.
    case awaited
    /// The response has no content, or its content is not sent.
    case empty
    case bytes(remaining: UInt64)
    case chunks
    case untilClose
  }

  private var parser: HTTPRequestParser
  private let times: HTTPTimeLimits
  private var reading: Reading
  var writing = Writing.none
  var verb = HTTPVerb.other
  var version = HTTPVersion.http11
  /// Whether the client waits for `100 Continue`.
  public private(set) var awaitsContinue = false
  /// Whether the request whose content still comes has had its response, behind which there is no other.
  private(set) var isAnswered = false
  /// Whether the connection stays open behind the response that is next to end.
  public internal(set) var isPersistent = true

  /// A connection that is open since `now`.
  public init(
    limits: HTTPLimits = HTTPLimits(), times: HTTPTimeLimits = HTTPTimeLimits(), at now: UInt64
  ) {
    parser = HTTPRequestParser(limits: limits)
    self.times = times
    reading = .idle(since: now)
  }

  /// Whether the next response waits to be written, or to be ended.
  public var isResponding: Bool {
    if case .none = writing {
      return false
    }
    return true
  }

  /// Whether the present request is read to its end, or nothing more is read.
  public var isRequestComplete: Bool {
    switch reading {
    case .complete, .ended: true
    case .idle, .head, .body: false
    }
  }

  /// Whether the connection is between two requests.
  public var isIdle: Bool {
    if case .idle = reading {
      return true
    }
    return false
  }

  /// Reads up to the next event. Behind the end of a request nothing is consumed before its response
  /// has ended, or when nothing more is read.
  public mutating func receive(_ bytes: Span<UInt8>, at now: UInt64) -> Step {
    if isRequestComplete {
      return Step(consumed: 0, event: nil)
    }
    do throws(HTTPMessageError) {
      let step = try parser.parse(bytes)
      return Step(consumed: step.consumed, event: take(step, at: now))
    } catch {
      stopReading()
      return Step(consumed: bytes.count, event: .refused(error))
    }
  }

  private mutating func take(
    _ step: HTTPRequestParser.Step, at now: UInt64
  ) -> Event? {
    switch step.event {
    case .head(let head):
      begin(head, at: now)
      return .request(head)
    case .body(let range):
      if case .body(let since, let received) = reading {
        reading = .body(since: since, received: received &+ UInt64(range.count))
      }
      return .body(range)
    case .end(let trailers):
      reading = isResponding ? .complete : isPersistent ? .idle(since: now) : .ended
      awaitsContinue = false
      isAnswered = false
      return .end(trailers)
    case nil:
      if case .idle = reading, !parser.isIdle {
        reading = .head(since: now)
      }
      return nil
    }
  }

  private mutating func begin(_ head: HTTPRequestHead, at now: UInt64) {
    verb = head.verb
    version = head.version
    isPersistent = isPersistent && head.isPersistent
    awaitsContinue = head.expectsContinue && head.hasBody
    reading = .body(since: now, received: 0)
    writing = .awaited
  }

  /// The client ends its side. What was asked is still answered.
  public mutating func receiveEnd() {
    isPersistent = false
    if !isRequestComplete {
      stopReading()
    }
  }

  /// The response that is next to end is the last one.
  public mutating func shutDown() {
    isPersistent = false
    if case .idle = reading {
      reading = .ended
    }
  }

  /// Nothing more is read.
  public mutating func stopReading() {
    isPersistent = false
    reading = .ended
    awaitsContinue = false
  }

  /// Appends `100 Continue` if the client waits for it: its content is wanted.
  public mutating func appendContinue(to output: inout [UInt8]) {
    if awaitsContinue, case .awaited = writing {
      output.append("HTTP/1.1 100 Continue\r\n\r\n")
    }
    awaitsContinue = false
  }

  /// The response is written to its end.
  mutating func endResponse(at now: UInt64) {
    writing = .none
    switch reading {
    case .complete: reading = isPersistent ? .idle(since: now) : .ended
    case .body where awaitsContinue: stopReading()
    case .body: isAnswered = true
    case .idle, .head, .ended: break
    }
  }

  /// Until when the client has to have sent something, while it is waited for.
  public var deadline: UInt64? {
    switch reading {
    case .idle(let since): return since.addingHeld(times.idle)
    case .head(let since): return since.addingHeld(times.head)
    case .body(let since, let received):
      let rate = max(times.bodyBytesPerSecond, 1)
      let seconds = received / rate
      let time = min(seconds, 1 << 33) * 1_000_000_000 + received % rate * 1_000_000_000 / rate
      return since.addingHeld(times.bodyGrace).addingHeld(time)
    case .complete, .ended: return nil
    }
  }

  /// What to do when the deadline has passed: nothing more is read. True when the client is to be
  /// told by `appendRefusal`, false when it has asked for nothing.
  public mutating func expire(at now: UInt64) -> Bool {
    guard let deadline, now >= deadline else { return false }
    let isAwaited = !isIdle && !isAnswered
    stopReading()
    return isAwaited
  }
}

extension UInt64 {
  /// The sum, held at the end of the range.
  fileprivate func addingHeld(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
