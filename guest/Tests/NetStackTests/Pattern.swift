// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames
import Glibc
import TestSupport

/// A stream of bytes that tells at every place where it is: no piece of it can be mistaken for
/// another within a mebibyte.
enum Pattern {
  private static let period = 1_048_573

  private static let table: [UInt8] = {
    var random = SeededNumbers(seed: 1)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * period)
    while bytes.count < period {
      let word = random.next()
      for shift in stride(from: 0, to: UInt64(64), by: 8) where bytes.count < period {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return bytes + bytes
  }()

  /// The bytes of `range`, which is at most a period long.
  static func bytes(_ range: Range<UInt64>) -> [UInt8] {
    let start = Int(range.lowerBound % UInt64(period))
    return Array(table[start..<start + range.count])
  }

  /// Whether `bytes` is the stream from `position` on.
  static func matches(_ bytes: Span<UInt8>, at position: UInt64) -> Bool {
    let start = Int(position % UInt64(period))
    precondition(start + bytes.count <= table.count)
    let expected = table.span.extracting(start..<start + bytes.count)
    return unsafe bytes.withUnsafeBufferPointer { one in
      unsafe expected.withUnsafeBufferPointer { other in
        guard let left = one.baseAddress, let right = other.baseAddress else { return true }
        // SAFETY: both have as many bytes.
        return unsafe memcmp(left, right, one.count) == 0
      }
    }
  }
}

extension [UInt8] {
  /// The bytes that `parts` have.
  init(_ parts: FrameParts) {
    self.init()
    for index in 0..<parts.count {
      if let part = parts[index] {
        let bytes = part.memory.span.extracting(part.range)
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
      }
    }
  }
}
