// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
public import HVTABI
internal import IORing
public import Sandbox
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
  /// What the file demands of direct I/O; nil when its transfers go through the page cache.
  let directAlignment: DirectAlignment?
  /// Neither for a guest that may only read, nor in file systems that cannot.
  public let features: QueueFeatures
  /// Whether zeros are written as a hole, which more file systems know how to make than zeros in place.
  let zeroesByHoles: Bool
  private let descriptor: Descriptor

  /// Opens the image at `path`, and locks it: against every other user when it is to be written,
  /// against writers when not. With `isDirect`, transfers bypass the host's page cache (O_DIRECT).
  public convenience init(
    path: String, blockSize: UInt16 = 512, isReadOnly: Bool = false, isDirect: Bool = false
  ) throws(ConfigurationError) {
    do {
      // Without waiting for the other end of what turns out to be a pipe.
      let descriptor = try Descriptor(
        opening: path, flags: (isReadOnly ? O_RDONLY : O_RDWR) | O_NONBLOCK)
      try Self.lock(descriptor, isShared: isReadOnly, path: path)
      try self.init(
        descriptor, name: path, blockSize: blockSize, isReadOnly: isReadOnly, isDirect: isDirect)
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

  /// Locks the file. Who has just been killed may leave it locked for a moment, until the kernel is
  /// done with its requests.
  private static func lock(
    _ descriptor: borrowing Descriptor, isShared: Bool, path: String
  ) throws(SystemCallError) {
    let pause: UInt32 = 5_000
    for attempt in 0... {
      let locked = retryingInterrupts {
        flock(descriptor.number, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB)
      }
      if locked != nil { return }
      guard errno == EWOULDBLOCK, attempt < 50 else { throw SystemCallError("flock", on: path) }
      usleep(pause)
    }
  }

  /// Uses an open file, which errors call `name`. Sets O_DIRECT of everybody who shares it, as
  /// `isDirect` says, and O_NOATIME if it may, and clears O_NONBLOCK.
  public init(
    _ descriptor: consuming Descriptor, name: String, blockSize: UInt16 = 512,
    isReadOnly: Bool = false, isDirect: Bool = false
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
    directAlignment = try Self.set(
      descriptor, isDirect: isDirect, name: name, blockSize: blockSize)
    self.blockSize = blockSize
    self.isReadOnly = isReadOnly
    zeroesByHoles = descriptor.isRegularFile
    features = isReadOnly ? [] : Self.features(of: descriptor, zeroesByHoles, end: capacity)
    self.descriptor = descriptor
  }

  /// Discards and zeroing, which a block device always can. Of a file, a hole behind its end changes
  /// nothing and tells.
  private static func features(
    of descriptor: borrowing Descriptor, _ isFile: Bool, end: UInt64
  ) -> QueueFeatures {
    let all: QueueFeatures = [.discard, .writeZeroes]
    guard isFile else { return all }
    do throws(Errno) {
      try descriptor.zero(at: end, count: 4096, deallocating: true)
      return all
    } catch {
      return []
    }
  }

  private static func set(
    _ descriptor: borrowing Descriptor, isDirect: Bool, name: String, blockSize: UInt16
  ) throws(ConfigurationError) -> DirectAlignment? {
    let alignment: DirectAlignment?
    do throws(SystemCallError) {
      try descriptor.setTransfers(isDirect: isDirect, name: name)
      if !isDirect { return nil }
      alignment = try descriptor.directAlignment(name: name)
    } catch {
      if isDirect, error.errno == .invalidArgument { throw .noDirectTransfers(path: name) }
      throw .systemCall(error)
    }
    guard let alignment else { throw .noDirectTransfers(path: name) }
    guard Int(blockSize) % alignment.length == 0 else {
      throw .directUnit(alignment.length, blockSize: blockSize, path: name)
    }
    return alignment
  }

  /// The file.
  public var descriptorAccess: DescriptorAccess {
    var access = DescriptorAccess()
    access.disks = [descriptor.number]
    return access
  }

  /// A ring for `entries` requests to the file.
  func makeRing(entries: Int) throws(SystemCallError) -> FileRing {
    try FileRing(descriptor, entries: entries, isReadOnly: isReadOnly)
  }

  /// The most that is copied at once for a direct transfer.
  private static let largestBounce = 1 << 20

  /// pread(2); EIO where the file has been cut.
  public func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    guard let directAlignment, !directAlignment.fits(buffer.bytes) else {
      return try readAll(at: offset, into: &buffer)
    }
    let bounce = AlignedBuffer(byteCount: min(buffer.byteCount, Self.largestBounce))
    var done = 0
    while done < buffer.byteCount {
      let count = min(bounce.byteCount, buffer.byteCount - done)
      try bounce.withBytes(count) { bytes throws(Errno) in
        try readAll(at: offset + UInt64(done), into: &bytes)
        copy(bytes.bytes, to: &buffer, at: done)
      }
      done += count
    }
  }

  private func readAll(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    let wanted = buffer.byteCount
    // A file that was cut under us ends early.
    guard try descriptor.read(at: offset, into: &buffer) == wanted else { throw .ioError }
  }

  /// pwrite(2).
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {
    guard let directAlignment, !directAlignment.fits(bytes) else {
      return try descriptor.write(bytes, at: offset)
    }
    let bounce = AlignedBuffer(byteCount: min(bytes.byteCount, Self.largestBounce))
    for start in stride(from: 0, to: bytes.byteCount, by: bounce.byteCount) {
      let part = bytes.extracting(start..<min(start + bounce.byteCount, bytes.byteCount))
      try bounce.withBytes(part.byteCount) { buffer throws(Errno) in
        copy(part, to: &buffer, at: 0)
        try descriptor.write(buffer.bytes, at: offset + UInt64(start))
      }
    }
  }

  private func copy(_ bytes: RawSpan, to buffer: inout MutableRawSpan, at start: Int) {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe buffer.withUnsafeMutableBytes { buffer in
        // SAFETY: the callers have room for the bytes there, which copyMemory checks.
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyMemory(from: bytes)
      }
    }
  }

  /// fdatasync(2).
  public func flush() throws(Errno) { try descriptor.synchronizeData() }

  /// fallocate(2), which punches a hole for a discard, and in a file always.
  public func zero(at offset: UInt64, count: UInt64, isDiscard: Bool) throws(Errno) {
    try descriptor.zero(at: offset, count: count, deallocating: isDiscard || zeroesByHoles)
  }
}
