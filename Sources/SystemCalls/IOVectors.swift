// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
public import SystemPackage

/// Buffers that one system call fills or writes in order (readv(2), writev(2)). The room for them is
/// kept from one use to the next.
@safe
public struct IOVectors: ~Copyable {
  private var vectors: [iovec] = unsafe []
  /// The bytes of all buffers.
  public private(set) var byteCount = 0

  /// No buffers.
  public init() {}

  /// Forgets the buffers.
  public mutating func removeAll() {
    unsafe vectors.removeLast(vectors.count)
    byteCount = 0
  }

  /// Adds `bytes`, which must stay valid as long as the buffers are used.
  @unsafe
  public mutating func append(_ bytes: UnsafeMutableRawBufferPointer) {
    unsafe vectors.append(iovec(iov_base: bytes.baseAddress, iov_len: bytes.count))
    byteCount += bytes.count
  }

  /// The contents of all buffers, one behind the other.
  public func gathered() -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(byteCount)
    unsafe vectors.forEach { vector in
      // SAFETY: the buffers are valid, as `append` demands.
      unsafe result.append(
        contentsOf: UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len))
    }
    return result
  }

  /// Fills the buffers with the first of `bytes` that they have room for; their number.
  public func scatter(_ bytes: [UInt8]) -> Int {
    var rest = bytes[...]
    unsafe vectors.forEach { vector in
      let part = unsafe rest.prefix(vector.iov_len)
      // SAFETY: the buffers are valid, and the part is no longer than this one.
      unsafe UnsafeMutableRawBufferPointer(start: vector.iov_base, count: part.count)
        .copyBytes(from: part)
      rest = rest.dropFirst(part.count)
    }
    return bytes.count - rest.count
  }

  /// The only buffer, for which a call of its own is faster.
  fileprivate var only: iovec? {
    unsafe vectors.count == 1 ? vectors[0] : nil
  }

  fileprivate func transfer(_ call: (UnsafePointer<iovec>?, CInt) -> Int) -> Int? {
    unsafe vectors.withUnsafeBufferPointer { vectors in
      retryingInterrupts { unsafe call(vectors.baseAddress, CInt(vectors.count)) }
    }
  }
}

extension Descriptor {
  /// readv(2) of a `header` and what stands behind it: the bytes of both.
  public func read<Header: BitwiseCopyable>(
    behind header: inout Header, into buffer: inout MutableRawSpan
  ) throws(Errno) -> Int {
    // SAFETY: both buffers are valid until the call is over.
    let count: Int? = unsafe withUnsafeMutableBytes(of: &header) { header in
      unsafe buffer.withUnsafeMutableBytes { bytes in
        var buffers = IOVectors()
        unsafe buffers.append(header)
        unsafe buffers.append(bytes)
        return unsafe buffers.transfer { unsafe readv(number, $0, $1) }
      }
    }
    guard let count else { throw .current }
    return count
  }

  /// writev(2) of a `header` and `bytes`: the bytes written.
  public func write<Header: BitwiseCopyable>(
    _ bytes: RawSpan, behind header: Header
  ) throws(Errno) -> Int {
    var header = header
    // SAFETY: both buffers are valid until the call is over, and it only reads them.
    let count = unsafe withUnsafeMutableBytes(of: &header) { header in
      unsafe bytes.withUnsafeBytes { bytes in
        var buffers = IOVectors()
        unsafe buffers.append(header)
        unsafe buffers.append(UnsafeMutableRawBufferPointer(mutating: bytes))
        return unsafe buffers.transfer { unsafe writev(number, $0, $1) }
      }
    }
    guard let count else { throw .current }
    return count
  }

  /// readv(2): the bytes read, 0 at the end of the file.
  public func read(into buffers: borrowing IOVectors) throws(Errno) -> Int {
    if let buffer = unsafe buffers.only {
      let count = retryingInterrupts { unsafe Glibc.read(number, buffer.iov_base, buffer.iov_len) }
      guard let count else { throw .current }
      return count
    }
    guard let count = unsafe buffers.transfer({ unsafe readv(number, $0, $1) }) else {
      throw .current
    }
    return count
  }

  /// writev(2): the bytes written.
  public func write(_ buffers: borrowing IOVectors) throws(Errno) -> Int {
    if let buffer = unsafe buffers.only {
      let count = retryingInterrupts { unsafe Glibc.write(number, buffer.iov_base, buffer.iov_len) }
      guard let count else { throw .current }
      return count
    }
    guard let count = unsafe buffers.transfer({ unsafe writev(number, $0, $1) }) else {
      throw .current
    }
    return count
  }
}
