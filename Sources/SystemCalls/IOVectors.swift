// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
public import SystemPackage

/// Buffers that one system call fills or writes in order (readv(2), writev(2)). The room for them is
/// kept from one use to the next.
@safe
public struct IOVectors: ~Copyable {
  /// The list stays where it is while buffers are neither added nor removed.
  var storage = unsafe UnsafeMutableBufferPointer<iovec>(start: nil, count: 0)
  /// What of the storage is in use.
  var range = 0..<0
  /// The bytes of all buffers.
  public internal(set) var byteCount = 0

  /// No buffers.
  public init() {}

  deinit { unsafe storage.deallocate() }

  /// The list of the buffers, as long as there is no change to them.
  var vectors: UnsafeMutableBufferPointer<iovec> {
    unsafe UnsafeMutableBufferPointer(rebasing: storage[range])
  }

  /// The same for other modules: where the list of `iovec` begins, and how many there are.
  @unsafe
  public var list: (start: UnsafeRawPointer?, count: Int) {
    unsafe (UnsafeRawPointer(vectors.baseAddress), range.count)
  }

  /// Forgets the buffers.
  public mutating func removeAll() {
    range = 0..<0
    byteCount = 0
  }

  /// Adds `bytes`, which must stay valid as long as the buffers are used.
  @unsafe
  public mutating func append(_ bytes: UnsafeMutableRawBufferPointer) {
    if unsafe storage.count == range.upperBound { grow() }
    // SAFETY: the storage has just been made large enough, and an iovec needs no deinitialization.
    unsafe storage.initializeElement(
      at: range.upperBound, to: iovec(iov_base: bytes.baseAddress, iov_len: bytes.count))
    range = range.lowerBound..<range.upperBound + 1
    byteCount += bytes.count
  }

  private mutating func grow() {
    let larger = unsafe UnsafeMutableBufferPointer<iovec>.allocate(
      capacity: max(4, 2 * storage.count))
    _ = unsafe larger.update(fromContentsOf: storage)
    unsafe storage.deallocate()
    unsafe storage = unsafe larger
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

  /// Appends to `bytes` those of the buffers' bytes that are in `range`.
  public func append(_ range: Range<Int>, to bytes: inout [UInt8]) {
    var start = 0
    unsafe vectors.forEach { vector in
      let end = unsafe start + vector.iov_len
      let part = range.clamped(to: start..<end)
      // SAFETY: the buffers are valid, as `append` demands, and the part is inside this one.
      unsafe bytes.append(
        contentsOf: UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len)[
          part.lowerBound - start..<part.upperBound - start])
      start = end
    }
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
    unsafe range.count == 1 ? storage[range.lowerBound] : nil
  }

  fileprivate func transfer(_ call: (UnsafePointer<iovec>?, CInt) -> Int) -> Int? {
    let vectors = unsafe vectors
    return retryingInterrupts { unsafe call(vectors.baseAddress, CInt(vectors.count)) }
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
