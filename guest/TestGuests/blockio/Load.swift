// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Requests to a disk, and the tasks that make them.
final class Load: @unchecked Sendable {
  let size: Int
  let depth: Int
  let count: Int
  private let disk: BlockDevice
  private let isWrite: Bool
  private let isRandom: Bool
  private let verifies: Bool
  private let flushes: Bool
  /// The requests that no task has begun.
  private var left: Int
  private var generator = Generator()

  /// The load that the command line asks for.
  init?(disk: BlockDevice) {
    guard let pattern = option("pattern"),
      ["read", "write", "randread", "randwrite"].contains(pattern)
    else { return nil }
    func number(_ name: String, _ standard: Int) -> Int {
      option(name).map { Int($0) ?? 0 } ?? standard
    }
    self.disk = disk
    size = number("size", 4096)
    depth = number("depth", 1)
    count = number("count", 1000)
    guard size > 0, size % disk.blockSize == 0, UInt64(size) <= disk.capacity, depth > 0, count > 0
    else { return nil }
    isWrite = pattern == "write" || pattern == "randwrite"
    isRandom = pattern == "randread" || pattern == "randwrite"
    verifies = arguments.contains("verify")
    flushes = arguments.contains("flush")
    left = count
  }

  func run() async throws(BlockError) {
    let error = await withTaskGroup(of: BlockError?.self) { group in
      for _ in 0..<depth {
        group.addTask { await self.work() }
      }
      return await group.reduce(nil) { $0 ?? $1 }
    }
    if let error {
      throw error
    }
    if flushes {
      try await disk.flush()
    }
  }

  private func work() async -> BlockError? {
    var buffer = [UInt8](repeating: 0, count: size)
    do throws(BlockError) {
      while let offset = nextOffset() {
        if isWrite {
          fill(&buffer, for: offset)
          try await disk.write(at: offset, from: buffer.span)
        } else {
          var span = buffer.mutableSpan
          try await disk.read(at: offset, into: &span)
          check(buffer, for: offset)
        }
      }
      return nil
    } catch {
      return error
    }
  }

  private func nextOffset() -> UInt64? {
    guard left > 0 else { return nil }
    left -= 1
    let places = disk.capacity / UInt64(size)
    let place = isRandom ? generator.next() % places : UInt64(count - 1 - left) % places
    return place * UInt64(size)
  }

  /// A word for each 512 bytes of the disk, in all words of these.
  private func word(_ offset: UInt64, _ index: Int) -> UInt8 {
    let sector = offset / 512 + UInt64(index / 512)
    return UInt8(truncatingIfNeeded: sector >> (8 * (UInt64(index) % 8)) ^ 0xa5)
  }

  private func fill(_ buffer: inout [UInt8], for offset: UInt64) {
    guard verifies else { return }
    var bytes = buffer.mutableSpan
    for index in bytes.indices {
      bytes[index] = word(offset, index)
    }
  }

  private func check(_ buffer: [UInt8], for offset: UInt64) {
    guard verifies else { return }
    let bytes = buffer.span
    for index in bytes.indices where bytes[index] != word(offset, index) {
      print("wrong byte \(index) of \(size) at \(offset)")
      exit(1)
    }
  }
}

/// Numbers without a pattern, the same in every run (xorshift).
private struct Generator {
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
