// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
public import HVTABI
public import SystemCalls
public import SystemPackage

/// A disk in a file or on a block device of the host.
public final class FileBlockDevice: BlockDevice {
  /// The size in bytes.
  public let capacity: UInt64
  /// The sector size in bytes.
  public let blockSize: UInt16
  /// Whether the guest may only read.
  public let isReadOnly: Bool
  private let descriptor: Descriptor

  /// Opens the image at `path`, and locks it: against every other user when it is to be written,
  /// against writers when not.
  public convenience init(
    path: String, blockSize: UInt16 = 512, isReadOnly: Bool = false
  ) throws(ConfigurationError) {
    do {
      // Without waiting for the other end of what turns out to be a pipe.
      let descriptor = try Descriptor(
        opening: path, flags: (isReadOnly ? O_RDONLY : O_RDWR) | O_NONBLOCK)
      let lock = (isReadOnly ? LOCK_SH : LOCK_EX) | LOCK_NB
      guard flock(descriptor.number, lock) == 0 else {
        throw SystemCallError("flock", on: path)
      }
      try self.init(descriptor, name: path, blockSize: blockSize, isReadOnly: isReadOnly)
    } catch let error as SystemCallError where error.errno == .wouldBlock {
      throw .imageInUse(path: path)
    } catch let error as SystemCallError {
      throw .systemCall(error)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      preconditionFailure("nothing else is thrown above")
    }
  }

  /// Uses an open file, which errors call `name`.
  public init(
    _ descriptor: consuming Descriptor, name: String, blockSize: UInt16 = 512,
    isReadOnly: Bool = false
  ) throws(ConfigurationError) {
    guard blockSize >= 512, blockSize & (blockSize - 1) == 0 else {
      throw .sectorSize(blockSize, name: name)
    }
    do {
      capacity = try descriptor.fileSize(name: name)
    } catch {
      throw .systemCall(error)
    }
    guard capacity > 0, capacity % UInt64(blockSize) == 0 else {
      throw .imageSize(capacity, blockSize: blockSize, path: name)
    }
    self.blockSize = blockSize
    self.isReadOnly = isReadOnly
    self.descriptor = descriptor
  }

  /// pread(2); EIO where the file has been cut.
  public func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    let wanted = buffer.byteCount
    // A file that was cut under us ends early.
    guard try descriptor.read(at: offset, into: &buffer) == wanted else { throw .ioError }
  }

  /// pwrite(2).
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {
    try descriptor.write(bytes, at: offset)
  }

  /// Both, unless the guest may only read.
  public var features: QueueFeatures { isReadOnly ? [] : [.discard, .writeZeroes] }

  /// fdatasync(2).
  public func flush() throws(Errno) { try descriptor.synchronizeData() }

  /// fallocate(2), which punches a hole for a discard.
  public func zero(at offset: UInt64, count: UInt64, isDiscard: Bool) throws(Errno) {
    try descriptor.zero(at: offset, count: count, deallocating: isDiscard)
  }
}
