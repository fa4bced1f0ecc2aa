// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

// In a file of its own, because the linker takes or leaves the asynchronous functions of a file
// together: a program that only reads and writes is smaller.
extension BlockDevice {
  /// Returns when everything that was written before is on stable storage.
  public func flush() async throws(BlockError) {
    guard let port else { throw .unsupported }
    try await port.perform(BlockRequest(type: HVT_BLOCK_FLUSH))
  }

  /// Tells the host that `count` bytes at `offset` are not needed any more. What they read as is not
  /// specified until they are written again.
  public func discard(at offset: UInt64, count: UInt64) async throws(BlockError) {
    try await change(HVT_BLOCK_DISCARD, at: offset, count: count, feature: HVT_QUEUE_DISCARD)
  }

  /// Writes `count` zero bytes at `offset`.
  public func writeZeroes(at offset: UInt64, count: UInt64) async throws(BlockError) {
    try await change(
      HVT_BLOCK_WRITE_ZEROES, at: offset, count: count, feature: HVT_QUEUE_WRITE_ZEROES)
  }

  private func change(
    _ type: Int, at offset: UInt64, count: UInt64, feature: Int
  ) async throws(BlockError) {
    try checkWritable()
    try checkRange(offset, count)
    guard let port, port.features & feature != 0 else { throw .unsupported }
    let sectorSize = UInt64(HVT_BLOCK_SECTOR)
    // One request has room for fewer sectors than a device.
    let step = UInt64(1 << 31)
    for first in stride(from: 0, to: count / sectorSize, by: Int(step)) {
      let sectors = UInt32(min(step, count / sectorSize - first))
      let range = hvt_block_range(
        sector: offset / sectorSize + first, sectors: sectors, flags: 0)
      try await port.perform(BlockRequest(type: type, range: range))
    }
  }
}
