// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Writes to every page of as many MiB of new memory as its argument says and prints the
/// nanoseconds of one page.
@main
struct Touch {
  static func main() async {
    guard let size = arguments.first.flatMap({ Int($0) }), size > 0 else {
      print("usage: touch MIB")
      exit(2)
    }
    let pages = (size << 20) / 4096
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: pages * 4096, alignment: 4096)
    let began = MonotonicClock.now
    for page in 0..<pages {
      // SAFETY: `page` is below the number of pages that were allocated.
      unsafe memory.storeBytes(of: 1, toByteOffset: page * 4096, as: UInt8.self)
    }
    print((MonotonicClock.now.nanoseconds - began.nanoseconds) / UInt64(pages))
    unsafe memory.deallocate()
  }
}
