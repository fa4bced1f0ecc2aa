// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

extension IOVectors {
  /// Whether each buffer begins at a multiple of `address` and has a multiple of `length` bytes.
  public func areAligned(address: Int, length: Int) -> Bool {
    unsafe vectors.allSatisfy { vector in
      unsafe UInt(bitPattern: vector.iov_base) % UInt(address) == 0
        && vector.iov_len % length == 0
    }
  }

  /// Calls `body` with the first buffer, which must exist.
  public func withFirst<Result, Failure: Error>(
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let vector = unsafe vectors[0]
    // SAFETY: the buffers are valid, as `append` demands.
    let bytes = unsafe UnsafeMutableRawBufferPointer(
      start: vector.iov_base, count: vector.iov_len)
    var span = unsafe bytes.mutableBytes
    return try body(&span)
  }

  /// The bytes of the first buffer, which must exist.
  public var firstByteCount: Int { unsafe vectors[0].iov_len }

  /// Forgets the first `count` bytes.
  public mutating func removeFirst(_ count: Int) {
    precondition(count <= byteCount)
    byteCount -= count
    var left = count
    while left > 0 {
      let vector = unsafe storage[range.lowerBound]
      let part = unsafe min(left, vector.iov_len)
      // SAFETY: no more than the buffer has.
      unsafe storage[range.lowerBound].iov_base = vector.iov_base.map { unsafe $0 + part }
      unsafe storage[range.lowerBound].iov_len = vector.iov_len - part
      if unsafe part == vector.iov_len { range = range.lowerBound + 1..<range.upperBound }
      left -= part
    }
  }

  /// Copies the first bytes to the first `count` of `buffer`, as many as there are.
  public func copy(to buffer: AlignedBuffer, count: Int) {
    unsafe forEachPart(of: buffer, count: count) { part, bytes in
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(part))
    }
  }

  /// Fills the first bytes with the first `count` of `buffer`, as many as there is room for.
  public func copy(from buffer: AlignedBuffer, count: Int) {
    unsafe forEachPart(of: buffer, count: count) { part, bytes in
      unsafe part.copyMemory(from: UnsafeRawBufferPointer(bytes))
    }
  }

  /// Calls `body` with each buffer and what of the first `count` bytes of `buffer` belongs to it.
  private func forEachPart(
    of buffer: AlignedBuffer, count: Int,
    _ body: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer) -> Void
  ) {
    let bytes = unsafe buffer.bytes(count)
    var start = 0
    unsafe vectors.forEach { vector in
      let size = unsafe min(vector.iov_len, count - start)
      // SAFETY: the buffers are valid, as `append` demands, and the size is no larger than either.
      unsafe body(
        UnsafeMutableRawBufferPointer(start: vector.iov_base, count: size),
        UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + size]))
      start += size
    }
  }
}
