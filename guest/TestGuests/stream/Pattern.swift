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

  /// Where in the pattern the bytes from `offset` on stand, up to its end or `limit`.
  func range(at offset: Int, atMost limit: Int) -> Range<Int> {
    let start = offset % memory.count
    return start..<min(start + limit, memory.count)
  }

  /// Whether `bytes` are what the stream has at `offset`.
  func matches(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
    let expected = memory.span
    var place = offset % memory.count
    for index in bytes.indices {
      if bytes[index] != expected[place] {
        return false
      }
      place = place + 1 == expected.count ? 0 : place + 1
    }
    return true
  }
}
