// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@testable import Tender

extension GuestMemory {
  /// The 8 bytes at `address`, whoever may read them.
  borrowing func word(at address: UInt64) -> UInt64? {
    withTenderAccess(at: GuestAddress(address), count: 8) { bytes in
      // SAFETY: any bytes are an integer.
      unsafe bytes.unsafeLoadUnaligned(as: UInt64.self)
    }
  }

  /// The `count` bytes at `address`, whoever may read them.
  borrowing func bytes(at address: UInt64, _ count: Int) -> [UInt8]? {
    withTenderAccess(at: GuestAddress(address), count: UInt64(count)) { bytes in
      // SAFETY: the offsets are inside the span, and any byte is a UInt8.
      (0..<count).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
  }

  /// Puts `words` at `address`, whoever may write there.
  borrowing func store(words: [UInt64], at address: UInt64) {
    for (index, word) in words.enumerated() {
      store(word, at: GuestAddress(address + UInt64(index) * 8))
    }
  }

  /// Puts `bytes` at `address`, whoever may write there.
  borrowing func put(_ bytes: [UInt8], at address: UInt64) {
    for (index, byte) in bytes.enumerated() {
      store(byte, at: GuestAddress(address + UInt64(index)))
    }
  }
}

/// The memory of `fixture`, with its regions.
func memoryFixture(_ fixture: MapFixture = .small) throws -> GuestMemory {
  let map = try fixture.map()
  var memory = try GuestMemory(byteCount: map.memorySize)
  memory.regions = map.regions
  return memory
}
