// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Synchronization
public import SystemPackage

/// A disk in this process's memory, for tests and tools.
public final class MemoryBlockDevice: BlockDevice {
  /// The size in bytes.
  public let capacity: UInt64
  /// The sector size in bytes.
  public let blockSize: UInt16
  /// Whether the guest may only read.
  public let isReadOnly: Bool
  private let storage: Mutex<[UInt8]>

  /// A disk with `contents`, whose size must be a positive multiple of `blockSize`.
  public init(contents: [UInt8], blockSize: UInt16 = 512, isReadOnly: Bool = false) {
    precondition(blockSize >= 512 && blockSize & (blockSize - 1) == 0)
    precondition(!contents.isEmpty && contents.count % Int(blockSize) == 0)
    capacity = UInt64(contents.count)
    self.blockSize = blockSize
    self.isReadOnly = isReadOnly
    storage = Mutex(contents)
  }

  /// A copy of what the disk holds now.
  public var contents: [UInt8] { storage.withLock { $0 } }

  /// Copies from the contents.
  public func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    storage.withLock { storage in
      for index in 0..<buffer.byteCount {
        buffer.storeBytes(of: storage[Int(offset) + index], toByteOffset: index, as: UInt8.self)
      }
    }
  }

  /// Copies into the contents.
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {
    storage.withLock { storage in
      for index in 0..<bytes.byteCount {
        // SAFETY: any byte is a UInt8, and the index is inside the span.
        storage[Int(offset) + index] =
          unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      }
    }
  }
}
