// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Finds the content of a message and its end.
enum BodyDecoder {
  case bytes(remaining: UInt64)
  case chunked(ChunkedDecoder)
  case untilClose(total: UInt64)

  init(_ length: HTTPBodyLength) {
    switch length {
    case .none: self = .bytes(remaining: 0)
    case .bytes(let count): self = .bytes(remaining: count)
    case .chunked: self = .chunked(ChunkedDecoder())
    case .untilClose: self = .untilClose(total: 0)
    }
  }

  mutating func step(
    _ bytes: Span<UInt8>, limits: HTTPLimits
  ) throws(HTTPMessageError) -> ChunkedDecoder.Step {
    switch self {
    case .bytes(remaining: 0): return .end(consumed: 0, trailers: HTTPTrailers())
    case .bytes(let remaining):
      let count = Int(min(remaining, UInt64(bytes.count)))
      self = .bytes(remaining: remaining - UInt64(count))
      return count == 0 ? .needsMore : .data(0..<count)
    case .chunked(var decoder):
      // Two owners of the decoder would copy its trailers.
      self = .bytes(remaining: 0)
      defer { self = .chunked(decoder) }
      return try decoder.step(bytes, limits: limits)
    case .untilClose(let total):
      let sum = total &+ UInt64(bytes.count)
      if sum > limits.bodyBytes {
        throw .bodyTooLarge
      }
      self = .untilClose(total: sum)
      return bytes.isEmpty ? .needsMore : .data(0..<bytes.count)
    }
  }
}
