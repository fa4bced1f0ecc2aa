// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What stands in a frame behind its headers: up to three ranges of memory, one behind the other.
public struct FrameParts: Sendable {
  /// The most parts.
  public static let capacity = 3

  /// The size of all parts, in bytes.
  public private(set) var byteCount = 0
  package private(set) var count = 0
  private var parts = InlineArray<3, Part?>(repeating: nil)

  package struct Part {
    package let memory: FrameMemory
    package let range: Range<Int>
  }

  /// No parts.
  public init() {}

  /// One part, unless it is empty.
  public init(_ memory: FrameMemory, _ range: Range<Int>) {
    append(memory, range)
  }

  /// Adds a part, unless it is empty.
  public mutating func append(_ memory: FrameMemory, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= memory.count, "not in the memory")
    if range.isEmpty {
      return
    }
    precondition(count < Self.capacity, "a frame has at most three parts")
    parts[count] = Part(memory: memory, range: range)
    count += 1
    byteCount += range.count
  }

  package subscript(index: Int) -> Part? { parts[index] }

  /// Counts the memory as in use by a frame.
  package func use() {
    for index in 0..<count {
      parts[index]?.memory.useCount += 1
    }
  }

  /// Takes `use` back.
  package func endUse() {
    for index in 0..<count {
      parts[index]?.memory.useCount -= 1
    }
  }

  /// Appends a copy of all parts, for which there must be room.
  package func append(to frame: inout OutputSpan<UInt8>) {
    for index in 0..<count {
      if let part = parts[index] {
        frame.append(copyOf: part.memory.span.extracting(part.range))
      }
    }
  }
}
