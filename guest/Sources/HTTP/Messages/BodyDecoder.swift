// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Finds the content of a message and its end. Its parts are changed in place: as the payloads of an
/// enumeration they would be copied with each step.
struct BodyDecoder {
  private enum Kind {
    case bytes
    case chunked
    case untilClose
  }

  private var kind = Kind.bytes
  /// What is left of a known length.
  private var remaining: UInt64 = 0
  /// How much there was until now, when only the connection's end is the end.
  private var total: UInt64 = 0
  private var chunks = ChunkedDecoder()

  /// Whether the connection's end is the end.
  var endsWithConnection: Bool { kind == .untilClose }

  /// Begins with another body.
  mutating func start(_ length: HTTPBodyLength) {
    switch length {
    case .none:
      kind = .bytes
      remaining = 0
    case .bytes(let count):
      kind = .bytes
      remaining = count
    case .chunked:
      kind = .chunked
      chunks = ChunkedDecoder()
    case .untilClose:
      kind = .untilClose
      total = 0
    }
  }

  mutating func step(
    _ bytes: Span<UInt8>, limits: HTTPLimits
  ) throws(HTTPMessageError) -> ChunkedDecoder.Step {
    switch kind {
    case .bytes:
      if remaining == 0 {
        return .end(consumed: 0, trailers: HTTPTrailers())
      }
      let count = Int(min(remaining, UInt64(bytes.count)))
      remaining -= UInt64(count)
      return count == 0 ? .needsMore : .data(0..<count)
    case .chunked: return try chunks.step(bytes, limits: limits)
    case .untilClose:
      total &+= UInt64(bytes.count)
      if total > limits.bodyBytes {
        throw .bodyTooLarge
      }
      return bytes.isEmpty ? .needsMore : .data(0..<bytes.count)
    }
  }
}
