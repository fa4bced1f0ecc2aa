// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Frames

extension [UInt8] {
  /// An array of `size` bytes: zeros that `edit` changes.
  init(size: Int, _ edit: (inout MutableSpan<UInt8>) -> Void) {
    self.init(repeating: 0, count: size)
    var bytes = mutableSpan
    edit(&bytes)
  }

  /// A copy of bytes.
  init(copying bytes: Span<UInt8>) {
    self.init(capacity: bytes.count) { $0.append(copyOf: bytes) }
  }
}

extension MutableSpan<UInt8> {
  /// Copies `bytes` to `offset`, where there has to be room for them.
  mutating func update(from bytes: Span<UInt8>, at offset: Int) {
    precondition(offset >= 0 && bytes.count <= count - offset, "there is no room for the bytes")
    unsafe withUnsafeMutableBufferPointer { to in
      unsafe bytes.withUnsafeBufferPointer { from in
        // SAFETY: there is room behind `offset`.
        guard let source = from.baseAddress, let target = to.baseAddress else {
          return
        }
        unsafe (target + offset).update(from: source, count: from.count)
      }
    }
  }
}
