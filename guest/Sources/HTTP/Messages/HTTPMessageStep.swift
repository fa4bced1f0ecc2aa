// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What the bytes of a message come to, in this order.
public enum HTTPMessageEvent<Head: Sendable>: Sendable {
  /// The head. That of an informational response has no end: the next head belongs to the same
  /// request.
  case head(Head)
  /// A piece of the content: where it is in the bytes that were given.
  case body(Range<Int>)
  /// The end of the message, also of one without content, and the trailer fields.
  case end(HTTPTrailers)
}

/// What was found at the start of some bytes.
public struct HTTPMessageStep<Head: Sendable>: Sendable {
  /// How many of the bytes are done with. The next call gets those behind them.
  public let consumed: Int
  /// What the bytes made complete. Nil when more bytes are needed; all were consumed then.
  public let event: HTTPMessageEvent<Head>?
}
