// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Testing

struct ChaCha20Tests {
  /// RFC 8439, section 2.3.2.
  @Test func computesTheBlockOfTheRFC() {
    let key: [UInt32] = (0..<8).map { word in 0x0302_0100 + 0x0404_0404 * word }
    var block = [UInt32](repeating: 0, count: 16)
    unsafe sl_chacha20_block(&block, key, 1, [0x0900_0000, 0x4a00_0000, 0])
    #expect(
      block == [
        0xe4e7_f110, 0x1559_3bd1, 0x1fdd_0f50, 0xc471_20a3, 0xc7f4_d1c7, 0x0368_c033, 0x9aaa_2204,
        0x4e6c_d4c3, 0x4664_82d2, 0x09aa_9f07, 0x05d7_c214, 0xa202_8bd9, 0xd19c_12b5, 0xb94e_16de,
        0xe883_d0cb, 0x4e3c_50a2,
      ])
  }
}

struct DRBGTests {
  private static let zeros = [UInt32](repeating: 0, count: 8)

  private func bytes(seed: [UInt32], processor: [UInt32], parts: [Int]) -> [UInt8] {
    var drbg = sl_drbg()
    unsafe sl_drbg_init(&drbg, seed, processor)
    return parts.flatMap { count in
      var part = [UInt8](repeating: 0, count: count)
      unsafe sl_drbg_fill(&drbg, &part, count)
      return part
    }
  }

  @Test func dependsOnEachSource() {
    let one = [1] + Self.zeros.dropFirst()
    let none = [UInt32](repeating: 0, count: 11)
    let other = none.dropLast() + [1]
    let streams = [Self.zeros, one].flatMap { seed in
      [none, Array(other)].map { bytes(seed: seed, processor: $0, parts: [64]) }
    }
    #expect(Set(streams).count == 4)
  }

  @Test func doesNotDependOnHowItIsAsked() {
    let processor = [UInt32](repeating: 7, count: 11)
    let whole = bytes(seed: Self.zeros, processor: processor, parts: [1000])
    #expect(bytes(seed: Self.zeros, processor: processor, parts: [1, 31, 200, 0, 768]) == whole)
    #expect(Set(stride(from: 0, to: 992, by: 32).map { Array(whole[$0..<$0 + 32]) }).count == 31)
  }

  @Test func erasesWhatItHandsOut() {
    var drbg = sl_drbg()
    unsafe sl_drbg_init(&drbg, Self.zeros, [UInt32](repeating: 3, count: 11))
    var output = [UInt8](repeating: 0, count: 16)
    unsafe sl_drbg_fill(&drbg, &output, 16)
    let state = unsafe withUnsafeBytes(of: drbg) { unsafe Array($0) }
    let found = state.indices.dropLast(15).contains { Array(state[$0..<$0 + 16]) == output }
    #expect(!found)
  }
}
