// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Testing

struct MemoryTests {
  static let counts = Array(0...140) + [255, 256, 257, 511, 767, 768, 769, 1023, 4096, 5000]
  let pattern = (0..<16000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }

  @Test(arguments: counts) func copiesExactlyTheBlock(count: Int) {
    for (from, to) in [(0, 0), (1, 3), (7, 0), (33, 30)] {
      var bytes = [UInt8](repeating: 0xee, count: to + count + 40)
      unsafe bytes.withUnsafeMutableBytes { target in
        unsafe pattern.withUnsafeBytes { source in
          let result = unsafe sl_memory_copy(
            target.baseAddress! + to, source.baseAddress! + from, count)
          #expect(unsafe result == target.baseAddress! + to)
        }
      }
      #expect(
        bytes == [UInt8](repeating: 0xee, count: to) + pattern[from..<from + count]
          + [UInt8](repeating: 0xee, count: 40))
    }
  }

  @Test(arguments: counts) func movesOverlappingBlocks(count: Int) {
    for distance in [-5000, -700, -64, -33, -31, -8, -1, 0, 1, 8, 31, 32, 33, 64, 700, 5000] {
      var bytes = pattern
      var expected = pattern
      let from = 5500
      expected.replaceSubrange(
        from + distance..<from + distance + count, with: pattern[from..<from + count])
      unsafe bytes.withUnsafeMutableBytes { buffer in
        let start = unsafe buffer.baseAddress! + from
        _ = unsafe sl_memory_move(start + distance, start, count)
      }
      #expect(bytes == expected)
    }
  }

  @Test(arguments: counts) func setsExactlyTheBlock(count: Int) {
    for offset in [0, 1, 5, 16] {
      var bytes = [UInt8](repeating: 0xee, count: offset + count + 40)
      unsafe bytes.withUnsafeMutableBytes { buffer in
        _ = unsafe sl_memory_set(buffer.baseAddress! + offset, 0x1a7, count)
      }
      #expect(
        bytes == [UInt8](repeating: 0xee, count: offset) + [UInt8](repeating: 0xa7, count: count)
          + [UInt8](repeating: 0xee, count: 40))
    }
  }

  @Test(arguments: [1, 2, 7, 8, 9, 15, 16, 17, 100]) func comparesByTheFirstDifference(count: Int) {
    let left = [UInt8](repeating: 0x80, count: count)
    #expect(compare(left, left) == 0)
    for index in 0..<count {
      for (byte, sign) in [(0x7f as UInt8, 1), (0x81, -1), (0, 1), (0xff, -1)] {
        var right = left
        right[index] = byte
        // What follows the first difference does not count.
        if index + 1 < count {
          right[index + 1] = ~byte
        }
        #expect(compare(left, right) == sign)
      }
    }
  }

  private func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    Int(unsafe sl_memory_compare(left, right, left.count).signum())
  }
}
