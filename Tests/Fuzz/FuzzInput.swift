// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The bytes of an input that are left; zeros behind them.
struct FuzzInput {
  let bytes: [UInt8]
  private(set) var position = 0

  init(_ data: UnsafePointer<UInt8>?, _ size: Int) {
    // SAFETY: libFuzzer passes `size` readable bytes at `data`, which is nil only for none.
    bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isEmpty: Bool { position >= bytes.count }

  mutating func byte() -> UInt8 {
    if isEmpty { return 0 }
    position += 1
    return bytes[position - 1]
  }

  mutating func word() -> UInt16 { UInt16(byte()) | UInt16(byte()) << 8 }

  /// As many bytes as there are left, up to `count`.
  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, position + count)
    defer { position = end }
    return Array(bytes[position..<end])
  }

  /// All that is left.
  mutating func rest() -> [UInt8] { take(bytes.count) }
}

/// Numbers that look random and are the same in every run.
struct FuzzNumbers: RandomNumberGenerator {
  private var state: UInt64 = 0

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}
