// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Finds the empty line behind a head or trailer section, over bytes that arrive in pieces, looking
/// at each byte once.
struct LineScanner {
  enum Result {
    /// The section ends before this offset, its empty line included.
    case complete(Int)
    case incomplete
    /// A line feed without a carriage return.
    case malformed
  }

  /// How far it looked.
  private(set) var position = 0
  /// Where the present line starts.
  private var lineStart = 0
  /// The size of the first line, once its end was found.
  private(set) var firstLineLength: Int?

  /// Looks at the section so far: what it saw before, and more.
  mutating func scan(_ bytes: Span<UInt8>) -> Result {
    while let index = Self.lineFeed(bytes, from: position) {
      position = index + 1
      guard index > lineStart, bytes[index - 1] == .carriageReturn else { return .malformed }
      if firstLineLength == nil {
        firstLineLength = index - 1
      }
      if index == lineStart + 1 {
        return .complete(position)
      }
      lineStart = position
    }
    position = bytes.count
    return .incomplete
  }

  private static func lineFeed(_ bytes: Span<UInt8>, from start: Int) -> Int? {
    for index in start..<bytes.count {
      // SAFETY: `index` is below the size.
      if unsafe bytes[unchecked: index] == .lineFeed {
        return index
      }
    }
    return nil
  }
}
