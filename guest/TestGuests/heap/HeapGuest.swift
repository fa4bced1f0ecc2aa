// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot
import Swiftlet

/// Stresses the heap and prints "ok". With an argument it does what the heap panics on: `exhaust`
/// allocates until there is no memory, `double-free` frees a block twice, `foreign-free` something
/// that is no block.
@main
struct HeapGuest {
  static func main() async {
    switch arguments.first {
    case "exhaust": exhaust()
    case "double-free": doubleFree()
    case "foreign-free": foreignFree()
    default: stress()
    }
  }

  static func exhaust() {
    var blocks: [[UInt8]] = []
    while true {
      blocks.append([UInt8](repeating: 1, count: 1 << 20))
    }
  }

  static func doubleFree() {
    let block = unsafe malloc(100)
    unsafe free(block)
    unsafe free(block)
    print("survived")
  }

  static func foreignFree() {
    let block = unsafe malloc(100)
    unsafe free(block + 1)
    print("survived")
  }

  static func stress() {
    let before = sl_malloc_available()
    smallBlocks()
    largeBlocks()
    growingArrays()
    strings()
    let after = sl_malloc_available()
    // Each size class keeps one span for what comes next.
    print(before - after < 1 << 20 ? "ok" : "lost \(before - after) bytes")
  }

  /// Allocates and frees more than the machine has, in sizes that mix.
  static func smallBlocks() {
    var blocks = [[UInt8]](repeating: [], count: 1000)
    var state: UInt32 = 1
    for step in 0..<100_000 {
      state = state &* 1_664_525 &+ 1_013_904_223
      let slot = Int(state >> 16) % blocks.count
      let size = Int(state >> 8) % 2000
      let byte = UInt8(truncatingIfNeeded: slot)
      precondition(blocks[slot].allSatisfy { $0 == byte }, "a block has changed at step \(step)")
      blocks[slot] = [UInt8](repeating: byte, count: size)
    }
  }

  static func largeBlocks() {
    for round in 0..<20 {
      var blocks: [[UInt8]] = []
      for index in 0..<8 {
        blocks.append([UInt8](repeating: UInt8(index), count: 100_000 * (1 + (index + round) % 8)))
      }
      for index in blocks.indices {
        precondition(blocks[index].allSatisfy { $0 == UInt8(index) }, "a large block has changed")
      }
    }
  }

  static func growingArrays() {
    for _ in 0..<5 {
      var numbers: [Int] = []
      for number in 0..<200_000 {
        numbers.append(number)
      }
      precondition(numbers.reduce(0, +) == 19_999_900_000, "an array has changed")
    }
  }

  static func strings() {
    var names: [Int: String] = [:]
    for number in 0..<10_000 {
      names[number] = "the number \(number) in words"
    }
    for number in stride(from: 0, to: 10_000, by: 2) {
      names[number] = nil
    }
    precondition(names[4_567] == "the number 4567 in words", "a string has changed")
  }
}
