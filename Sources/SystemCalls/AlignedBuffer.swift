// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc

/// Memory in whole pages, as direct I/O wants it.
@safe
public final class AlignedBuffer {
  /// What the memory is aligned to.
  public static let alignment = 4096

  /// The size in bytes.
  public let byteCount: Int
  private let base: UnsafeMutableRawPointer

  /// `byteCount` bytes of anything.
  public init(byteCount: Int) {
    self.byteCount = byteCount
    unsafe base = .allocate(byteCount: byteCount, alignment: Self.alignment)
  }

  deinit { unsafe base.deallocate() }

  /// Calls `body` with the first `count` bytes.
  public func withBytes<Result, Failure: Error>(
    _ count: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(count <= byteCount)
    // SAFETY: just checked.
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: base, count: count)
    var span = unsafe bytes.mutableBytes
    return try body(&span)
  }

  /// The first `count` bytes, for as long as the buffer is.
  @unsafe
  public func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    precondition(count <= byteCount)
    return unsafe UnsafeMutableRawBufferPointer(start: base, count: count)
  }
}
