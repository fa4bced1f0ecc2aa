// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// The contents of streams: the byte at offset n is that of the pattern at n modulo its size, a prime,
/// so that no two frames of a stream are divided the same way.
struct Pattern {
  let memory: FrameMemory

  init() {
    memory = FrameMemory(count: 262_139)
    memory.edit { bytes in
      for index in bytes.indices {
        bytes[index] = UInt8(truncatingIfNeeded: (UInt64(index) &* 0x9e37_79b1) >> 13)
      }
    }
  }

  /// The parts of the pattern that are the `count` bytes from `offset` on.
  func parts(at offset: UInt64, count: Int) -> FrameParts {
    let start = Int(offset % UInt64(memory.count))
    let first = min(count, memory.count - start)
    var parts = FrameParts(memory, start..<start + first)
    parts.append(memory, 0..<count - first)
    return parts
  }

  /// Whether `bytes` are what the stream has at `offset`.
  func matches(_ bytes: Span<UInt8>, at offset: UInt64) -> Bool {
    let expected = memory.span
    var place = Int(offset % UInt64(memory.count))
    for index in bytes.indices {
      if bytes[index] != expected[place] {
        return false
      }
      place = place + 1 == expected.count ? 0 : place + 1
    }
    return true
  }
}
