// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// A block device: a disk of sectors of one size, which are read and written as a whole. Tasks may
/// have many requests under way at once; they are done in any order.
public struct BlockDevice: Sendable {
  private let handle: UInt64
  private let properties: hvt_block_properties
  /// Nil when the tender has no queues.
  let port: BlockPort?

  /// The block device that the manifest declares at `handle`. The plugin Devices generates one for
  /// each block device, in the enumeration `Devices`.
  public init(handle: Int) {
    self.handle = UInt64(handle)
    // SAFETY: the manifest stays where it is, and the entry's type says which properties it has.
    guard let entry = unsafe sl_manifest_entry(self.handle),
      unsafe entry.pointee.type == UInt32(HVT_DEVICE_BLOCK)
    else {
      fatalError("no block device has this handle")
    }
    properties = unsafe entry.pointee.block
    port = BlockPort.port(handle: handle)
  }

  /// The size of the device, in bytes.
  public var capacity: UInt64 { properties.capacity }

  /// The size of a sector, in bytes: offsets and sizes of transfers are multiples of it.
  public var blockSize: Int { Int(properties.block_size) }

  /// Whether writes fail.
  public var isReadOnly: Bool { properties.flags & UInt16(HVT_BLOCK_READ_ONLY) != 0 }

  /// Fills `buffer` with what stands at `offset`, a number of bytes from the device's start. A
  /// transfer that has begun is not cut short when the task is cancelled.
  public func read(
    at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) async throws(BlockError) {
    try checkRange(offset, UInt64(buffer.count))
    // SAFETY: the memory is the caller's, and stays where it is until this returns.
    let address = unsafe buffer.withUnsafeMutableBytes { UInt(bitPattern: $0.baseAddress) }
    try await transfer(HVT_BLOCK_IN, at: offset, address: address, count: buffer.count)
  }

  /// Writes `bytes` at `offset`, a number of bytes from the device's start. A transfer that has begun
  /// is not cut short when the task is cancelled.
  public func write(at offset: UInt64, from bytes: Span<UInt8>) async throws(BlockError) {
    try checkWritable()
    try checkRange(offset, UInt64(bytes.count))
    // SAFETY: the memory is the caller's, and stays where it is until this returns.
    let address = unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    try await transfer(HVT_BLOCK_OUT, at: offset, address: address, count: bytes.count)
  }

  private func transfer(
    _ type: Int, at offset: UInt64, address: UInt, count: Int
  ) async throws(BlockError) {
    if let port {
      try await port.perform(
        BlockRequest(
          type: type, sector: offset / UInt64(HVT_BLOCK_SECTOR), address: UInt64(address),
          count: count))
      return
    }
    // SAFETY: `count` bytes there are the caller's.
    guard let bytes = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
    let result =
      type == HVT_BLOCK_IN
      ? unsafe sl_hypercall_block_read(handle, offset, bytes, count)
      : unsafe sl_hypercall_block_write(handle, offset, bytes, count)
    if result != Int32(HVT_OK) {
      throw .failed
    }
    await yield()
  }

  func checkWritable() throws(BlockError) {
    if isReadOnly {
      throw .readOnly
    }
  }

  func checkRange(_ offset: UInt64, _ count: UInt64) throws(BlockError) {
    let size = UInt64(properties.block_size)
    guard count > 0, offset % size == 0, count % size == 0, offset <= capacity,
      count <= capacity - offset
    else { throw .outOfRange }
  }
}
