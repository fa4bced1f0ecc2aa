// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Reads the requests of one connection from bytes that arrive in pieces.
public struct HTTPRequestParser: Sendable {
  /// What was found at the start of some bytes.
  public typealias Step = HTTPMessageStep<HTTPRequestHead>

  private var reader: MessageReader

  /// A parser at the start of a connection.
  public init(limits: HTTPLimits = HTTPLimits()) {
    reader = MessageReader(limits: limits)
  }

  /// Whether the parser is between two requests.
  public var isIdle: Bool { reader.isIdle }

  /// Reads up to the next event. An error is for ever.
  public mutating func parse(_ bytes: Span<UInt8>) throws(HTTPMessageError) -> Step {
    let limits = reader.limits
    return try reader.read(bytes) { bytes throws(HTTPMessageError) in
      let head = try HTTPRequestHead(bytes, limits: limits)
      return (head, head.bodyLength)
    }
  }
}
