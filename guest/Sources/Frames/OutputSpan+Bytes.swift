// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding

extension OutputSpan<UInt8> {
  /// Appends a copy of `bytes`, for which there must be room.
  @_lifetime(self: copy self)
  public mutating func append(copyOf bytes: Span<UInt8>) {
    precondition(bytes.count <= freeCapacity, "there is no room for the bytes")
    unsafe bytes.withUnsafeBufferPointer { from in
      guard let source = from.baseAddress else { return }
      unsafe withUnsafeMutableBufferPointer { buffer, initializedCount in
        // SAFETY: there are as many bytes behind the initialized ones.
        guard let start = buffer.baseAddress else { return }
        unsafe sl_memory_copy(start + initializedCount, source, from.count)
        initializedCount += from.count
      }
    }
  }

  /// Appends `count` bytes, for which there must be room: zeros that `edit` changes.
  @_lifetime(self: copy self)
  public mutating func append(count: Int, _ edit: (inout MutableSpan<UInt8>) -> Void) {
    append(repeating: 0, count: count)
    editLast(count, edit)
  }

  /// Appends a copy of `bytes`, for which there must be room, as `edit` changes it.
  @_lifetime(self: copy self)
  public mutating func append(
    copyOf bytes: Span<UInt8>, _ edit: (inout MutableSpan<UInt8>) -> Void
  ) {
    append(copyOf: bytes)
    editLast(bytes.count, edit)
  }

  @_lifetime(self: copy self)
  private mutating func editLast(_ count: Int, _ edit: (inout MutableSpan<UInt8>) -> Void) {
    unsafe withUnsafeMutableBufferPointer { buffer, initializedCount in
      // SAFETY: these bytes are initialized.
      guard let start = buffer.baseAddress else { return }
      var last = unsafe MutableSpan(_unsafeStart: start + initializedCount - count, count: count)
      edit(&last)
    }
  }
}
