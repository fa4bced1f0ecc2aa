// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Takes the chunked coding off a body (RFC 9112, section 7.1).
struct ChunkedDecoder {
  private enum State {
    /// In the size of a chunk, of which there were this many digits.
    case size(digits: Int)
    /// Behind the size, in blanks that only an extension may follow.
    case blanks
    case chunkExtension
    /// Between the CR and the LF of a chunk's first line.
    case sizeEnd
    case data
    /// Before the CR behind a chunk's data.
    case dataEnd
    case dataLineFeed
    case trailers
    case complete
  }

  /// What one step came to.
  enum Step {
    /// Everything was used up.
    case needsMore
    /// Data in this range; it and what stands before it is used up.
    case data(Range<Int>)
    /// The end, behind this many bytes.
    case end(consumed: Int, trailers: HTTPTrailers)
  }

  /// More digits than a chunk's size ever has; the number then still fits.
  private static let digitLimit = 15

  private var state = State.size(digits: 0)
  /// What is left of the present chunk, or its size so far.
  private var remaining: UInt64 = 0
  private var extensionBytes = 0
  private var total: UInt64 = 0
  private var trailers: [UInt8] = []
  private var scanner = LineScanner()

  mutating func step(
    _ bytes: Span<UInt8>, limits: HTTPLimits
  ) throws(HTTPMessageError) -> Step {
    var index = 0
    while index < bytes.count {
      switch state {
      case .data:
        let count = Int(min(remaining, UInt64(bytes.count - index)))
        remaining -= UInt64(count)
        if remaining == 0 {
          state = .dataEnd
        }
        return .data(index..<index + count)
      case .trailers:
        return try readTrailers(bytes, from: index, limits: limits)
      case .size, .blanks, .chunkExtension, .sizeEnd, .dataEnd, .dataLineFeed:
        try take(bytes[index], limits: limits)
        index += 1
      case .complete:
        return .end(consumed: index, trailers: HTTPTrailers())
      }
    }
    return .needsMore
  }

  /// One byte between the data of two chunks.
  private mutating func take(_ byte: UInt8, limits: HTTPLimits) throws(HTTPMessageError) {
    switch state {
    case .size(let digits): try takeSize(byte, digits: digits)
    case .blanks:
      if byte == UInt8(ascii: ";") {
        state = .chunkExtension
      }
      try countExtension(
        byte, isValid: byte.isBlank || byte == UInt8(ascii: ";"), limits: limits)
    case .chunkExtension:
      if byte == .carriageReturn {
        state = .sizeEnd
      } else {
        try countExtension(byte, isValid: byte.isFieldValueByte, limits: limits)
      }
    case .sizeEnd:
      try expect(.lineFeed, byte)
      try startChunk(limits: limits)
    case .dataEnd:
      try expect(.carriageReturn, byte)
      state = .dataLineFeed
    case .dataLineFeed:
      try expect(.lineFeed, byte)
      state = .size(digits: 0)
    case .data, .trailers, .complete: break
    }
  }

  private mutating func takeSize(_ byte: UInt8, digits: Int) throws(HTTPMessageError) {
    if let digit = byte.hexDigitValue {
      if digits == Self.digitLimit {
        throw .badChunk
      }
      remaining = remaining << 4 | digit
      state = .size(digits: digits + 1)
      return
    }
    if digits == 0 {
      throw .badChunk
    }
    if byte == .carriageReturn {
      state = .sizeEnd
    } else if byte == UInt8(ascii: ";") {
      state = .chunkExtension
    } else if byte.isBlank {
      state = .blanks
    } else {
      throw .badChunk
    }
  }

  private mutating func countExtension(
    _ byte: UInt8, isValid: Bool, limits: HTTPLimits
  ) throws(HTTPMessageError) {
    extensionBytes += 1
    guard isValid, extensionBytes <= limits.chunkExtensionBytes else { throw .badChunk }
  }

  private func expect(_ expected: UInt8, _ byte: UInt8) throws(HTTPMessageError) {
    if byte != expected {
      throw .badChunk
    }
  }

  private mutating func startChunk(limits: HTTPLimits) throws(HTTPMessageError) {
    if remaining == 0 {
      state = .trailers
      return
    }
    let (sum, isTooLarge) = total.addingReportingOverflow(remaining)
    if isTooLarge || sum > limits.bodyBytes {
      throw .bodyTooLarge
    }
    total = sum
    state = .data
  }

  private mutating func readTrailers(
    _ bytes: Span<UInt8>, from start: Int, limits: HTTPLimits
  ) throws(HTTPMessageError) -> Step {
    let before = trailers.count
    let room = limits.trailerBytes + 1 - before
    let end = start + min(bytes.count - start, room)
    trailers.append(copyOf: bytes.extracting(start..<end))
    var scanner = scanner
    let result = scanner.scan(trailers.span)
    self.scanner = scanner
    switch result {
    case .malformed: throw .badTrailer
    case .incomplete:
      if trailers.count > limits.trailerBytes {
        throw .fieldsTooLarge
      }
      return .needsMore
    case .complete(let count):
      if count > limits.trailerBytes {
        throw .fieldsTooLarge
      }
      let fields = try HTTPTrailers(trailers.span.extracting(0..<count), limits: limits)
      trailers = []
      state = .complete
      return .end(consumed: start + count - before, trailers: fields)
    }
  }
}
