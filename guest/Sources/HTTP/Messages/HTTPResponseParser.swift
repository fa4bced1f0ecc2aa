// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Reads the responses of one connection from bytes that arrive in pieces.
public struct HTTPResponseParser: Sendable {
  /// What was found at the start of some bytes.
  public typealias Step = HTTPMessageStep<HTTPResponseHead>
  /// What the bytes of a response come to.
  public typealias Event = HTTPMessageEvent<HTTPResponseHead>

  private var reader: MessageReader

  /// A parser at the start of a connection.
  public init(limits: HTTPLimits = HTTPLimits()) {
    reader = MessageReader(limits: limits)
  }

  /// Whether the parser is between two responses.
  public var isIdle: Bool { reader.isIdle }

  /// Reads up to the next event of the response to a request of `verb`. An error is for ever.
  public mutating func parse(
    _ bytes: Span<UInt8>, to verb: HTTPVerb
  ) throws(HTTPMessageError) -> Step {
    let limits = reader.limits
    return try reader.read(bytes) { bytes throws(HTTPMessageError) in
      let head = try HTTPResponseHead(bytes.span, to: verb, limits: limits)
      return (head, head.isInformational ? nil : head.bodyLength)
    }
  }

  /// The connection has ended: true when that ends a response, whose content lasts until then, and
  /// false between two responses.
  public mutating func finish() throws(HTTPMessageError) -> Bool { try reader.finish() }
}
