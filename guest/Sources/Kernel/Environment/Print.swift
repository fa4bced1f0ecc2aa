// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// Writes a string to the console, in one piece when it ends a line. It takes the place of the
/// standard library's, which writes byte by byte and brings parts of Unicode into the image.
public func print(_ text: String, terminator: String = "\n") {
  write(text)
  write(terminator)
}

private func write(_ text: String) {
  // Strings of this platform are contiguous. (A span of a short string does not outlive the register
  // that holds it in Swift 6.3: the call below would read a stack frame that is gone.)
  unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
    // SAFETY: the buffer's own address and size.
    if let start = bytes.baseAddress {
      unsafe sl_console_write(start, bytes.count)
    }
  }
}
