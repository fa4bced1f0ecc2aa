// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import SystemPackage
internal import CLinux
internal import Glibc

extension Descriptor {
  /// read(2): the bytes read, 0 at the end of the file.
  public func read(into buffer: inout MutableRawSpan) throws(Errno) -> Int {
    // SAFETY: the kernel writes at most the buffer's count.
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      retryingInterrupts { unsafe Glibc.read(number, bytes.baseAddress, bytes.count) }
    }
    guard let count else { throw .current }
    return count
  }

  /// write(2): the bytes written.
  public func write(_ bytes: RawSpan) throws(Errno) -> Int {
    // SAFETY: the kernel reads at most the span's count.
    let count = unsafe bytes.withUnsafeBytes { bytes in
      retryingInterrupts { unsafe Glibc.write(number, bytes.baseAddress, bytes.count) }
    }
    guard let count else { throw .current }
    return count
  }

  /// pread(2), again until `buffer` is full; the bytes read, fewer only at the end of the file.
  public func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) -> Int {
    // SAFETY: `done` never passes the buffer's count.
    let done = unsafe buffer.withUnsafeMutableBytes { bytes in
      transferAll(bytes.count) { done in
        unsafe pread(
          number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done,
          off_t(clamping: offset) + done)
      }
    }
    guard let done else { throw .current }
    return done
  }

  /// pwrite(2), again until all of `bytes` is written.
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {
    // SAFETY: `done` never passes the span's count.
    let done = unsafe bytes.withUnsafeBytes { bytes in
      transferAll(bytes.count) { done in
        unsafe pwrite(
          number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done,
          off_t(clamping: offset) + done)
      }
    }
    guard let done else { throw .current }
    if done < bytes.byteCount { throw .noSpace }
  }
}

extension Descriptor {
  /// fdatasync(2).
  public func synchronizeData() throws(Errno) {
    guard retryingInterrupts({ fdatasync(number) }) != nil else { throw .current }
  }

  /// ftruncate(2): the file ends at `count` bytes.
  public func truncate(to count: UInt64) throws(Errno) {
    guard retryingInterrupts({ ftruncate(number, off_t(clamping: count)) }) != nil else {
      throw .current
    }
  }

  /// fallocate(2): makes `count` bytes at `offset` zero, as a hole if `deallocating`. The size of the
  /// file stays.
  public func zero(at offset: UInt64, count: UInt64, deallocating: Bool) throws(Errno) {
    let mode = deallocating ? CLINUX_PUNCH_HOLE : CLINUX_ZERO_RANGE
    let done = retryingInterrupts {
      clinux_fallocate(number, mode, Int64(clamping: offset), Int64(clamping: count))
    }
    guard done != nil else { throw .current }
  }
}

/// Repeats `step`, which is told the bytes done so far, until `count` are done, it makes no
/// progress, or it fails (nil).
private func transferAll(_ count: Int, _ step: (Int) -> Int) -> Int? {
  var done = 0
  while done < count {
    guard let n = retryingInterrupts({ step(done) }) else { return nil }
    if n == 0 { break }
    done += n
  }
  return done
}

extension Descriptor {
  /// Whether this is a regular file.
  public var isRegularFile: Bool {
    var status = stat()
    return unsafe fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The size in bytes of the regular file or block device that this is; errors call it `name`.
  public func fileSize(name: String) throws(SystemCallError) -> UInt64 {
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else { throw SystemCallError("fstat", on: name) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return UInt64(status.st_size)
    case S_IFBLK:
      var size: UInt64 = 0
      let result = unsafe withUnsafeMutablePointer(to: &size) { pointer in
        unsafe clinux_ioctl(number, CLINUX_BLKGETSIZE64, pointer)
      }
      guard result == 0 else { throw SystemCallError("BLKGETSIZE64", on: name) }
      return size
    case S_IFDIR: throw SystemCallError("open", on: name, errno: .isDirectory)
    default: throw SystemCallError("open", on: name, errno: .notSupported)
    }
  }
}
