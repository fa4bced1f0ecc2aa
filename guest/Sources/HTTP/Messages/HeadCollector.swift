// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Collects the bytes of a head, which may arrive in pieces.
struct HeadCollector {
  /// What came before, of a head that is not complete.
  private var pending: [UInt8] = []
  private var scanner = LineScanner()
  private var hasSkippedLine = false

  /// Whether no part of a head is here.
  var isEmpty: Bool { pending.isEmpty }

  /// Takes bytes up to the end of the head, and returns it when it is complete, and how many bytes
  /// were taken.
  mutating func collect(
    _ bytes: Span<UInt8>, limits: HTTPLimits
  ) throws(HTTPMessageError) -> (head: [UInt8]?, consumed: Int) {
    var consumed = 0
    while true {
      let rest = bytes.extracting(consumed...)
      let (head, count) = try take(rest, limits: limits)
      consumed += count
      guard let head else { return (nil, consumed) }
      // One empty line before a message is ignored (RFC 9112, section 2.2).
      if head.count > 2 || hasSkippedLine {
        hasSkippedLine = false
        return (head, consumed)
      }
      hasSkippedLine = true
    }
  }

  private mutating func take(
    _ bytes: Span<UInt8>, limits: HTTPLimits
  ) throws(HTTPMessageError) -> (head: [UInt8]?, consumed: Int) {
    let before = pending.count
    if before == 0 {
      // What stands behind the limit must not matter: it could as well arrive later.
      let bytes = bytes.extracting(first: limits.headBytes + 1)
      if let end = try Self.scan(&scanner, bytes, limits: limits) {
        scanner = LineScanner()
        return ([UInt8](copyOf: bytes.extracting(0..<end)), end)
      }
      pending.append(copyOf: bytes)
      return (nil, bytes.count)
    }
    pending.append(copyOf: bytes.extracting(first: limits.headBytes + 1 - before))
    var scanner = scanner
    let end = try Self.scan(&scanner, pending.span, limits: limits)
    self.scanner = end == nil ? scanner : LineScanner()
    guard let end else { return (nil, bytes.count) }
    var head: [UInt8] = []
    swap(&head, &pending)
    head.removeLast(head.count - end)
    return (head, end - before)
  }

  /// Where the head ends, if it is complete.
  private static func scan(
    _ scanner: inout LineScanner, _ bytes: Span<UInt8>, limits: HTTPLimits
  ) throws(HTTPMessageError) -> Int? {
    let result = scanner.scan(bytes)
    // Of a line without end, the last byte may be a CR.
    if scanner.firstLineLength ?? (scanner.position - 1) > limits.startLineBytes {
      throw .startLineTooLong
    }
    switch result {
    case .malformed: throw .badLineEnd
    case .complete(let end):
      if end > limits.headBytes {
        throw .fieldsTooLarge
      }
      return end
    case .incomplete:
      if bytes.count > limits.headBytes {
        throw .fieldsTooLarge
      }
      return nil
    }
  }
}
