// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// Why a transfer to or from a block device did not happen.
public enum BlockError: Error {
  /// The offset or the size is not a multiple of the block size, the size is zero, or the range
  /// ends behind the device.
  case outOfRange
  /// A write to a device that can only be read.
  case readOnly
  /// The host could not read or write.
  case failed
}

/// A block device: a disk of sectors of one size, which are read and written as a whole.
public struct BlockDevice: Sendable {
  private let handle: UInt64
  private let properties: hvt_block_properties

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
  }

  /// The size of the device, in bytes.
  public var capacity: UInt64 { properties.capacity }

  /// The size of a sector, in bytes: offsets and sizes of transfers are multiples of it.
  public var blockSize: Int { Int(properties.block_size) }

  /// Whether writes fail.
  public var isReadOnly: Bool { properties.flags & UInt16(HVT_BLOCK_READ_ONLY) != 0 }

  /// Fills `buffer` with what stands at `offset`, a number of bytes from the device's start.
  public func read(
    at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) async throws(BlockError) {
    let handle = handle
    let result = unsafe buffer.withUnsafeMutableBytes { bytes in
      // SAFETY: the buffer's own address and size. An empty one has no address.
      guard let start = bytes.baseAddress else { return Int32(HVT_EINVAL) }
      return unsafe sl_hypercall_block_read(handle, offset, start, bytes.count)
    }
    try check(result)
    await Task.yield()
  }

  /// Writes `bytes` at `offset`, a number of bytes from the device's start.
  public func write(at offset: UInt64, from bytes: Span<UInt8>) async throws(BlockError) {
    if isReadOnly {
      throw .readOnly
    }
    let handle = handle
    let result = unsafe bytes.withUnsafeBytes { bytes in
      // SAFETY: the span's own address and size. An empty one has no address.
      guard let start = bytes.baseAddress else { return Int32(HVT_EINVAL) }
      return unsafe sl_hypercall_block_write(handle, offset, start, bytes.count)
    }
    try check(result)
    await Task.yield()
  }

  private func check(_ result: Int32) throws(BlockError) {
    switch result {
    case Int32(HVT_OK): return
    case Int32(HVT_EINVAL): throw .outOfRange
    default: throw .failed
    }
  }
}
