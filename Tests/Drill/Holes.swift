// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import Sandbox
import Synchronization
import SystemCalls
import SystemPackage
import Tender

/// A console through which the guest takes over the machine's thread.
final class HoledConsole: Console {
  private let console: DescriptorConsole
  private let hole: Attack?
  private let loot: [CInt]
  private let shared: Shared?

  init(
    _ descriptor: consuming Descriptor, hole: Attack?, loot: [CInt], shared: Shared?
  ) {
    console = DescriptorConsole(descriptor, name: "console")
    self.hole = hole
    self.loot = loot
    self.shared = shared
  }

  var descriptorAccess: DescriptorAccess {
    var access = console.descriptorAccess
    access.waits += loot
    return access
  }

  func write(_ bytes: RawSpan, until stopDescriptor: CInt) throws(SystemCallError) {
    hole?.attempt()
    shared?.contend()
    try console.write(bytes, until: stopDescriptor)
  }
}

/// A disk through which the guest takes over the thread that serves its queue.
final class HoledDisk: BlockDevice {
  let capacity: UInt64 = 1 << 20
  let blockSize: UInt16 = 512
  let isReadOnly = false
  private let hole: Attack?

  init(hole: Attack?) { self.hole = hole }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(Errno) {
    hole?.attempt()
    for index in 0..<buffer.byteCount {
      buffer.storeBytes(of: 0, toByteOffset: index, as: UInt8.self)
    }
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {}
}

/// What two threads want at the same time: a lock of Swift's, the allocator's, and memory.
final class Shared: Sendable {
  private let counter = Mutex(0)

  /// Holds the one while the other thread waits for it, and fights for the other one.
  func contend() {
    // More than was ever free, in small pieces, and more than the allocator takes from its own.
    let pieces = (0..<400).map { [UInt8](repeating: UInt8($0 & 0xff), count: 4000) }
    var large: [UInt8] = []
    large.reserveCapacity(64 << 20)
    large.append(contentsOf: pieces[0])
    let start = monotonicNanoseconds()
    while monotonicNanoseconds() - start < 500_000_000 {
      counter.withLock { counter in
        for _ in 0..<100 { counter += [Int](repeating: 1, count: 300).count }
      }
      for size in 0..<200 { _ = [UInt8](repeating: 1, count: 2000 + size * 16).count }
    }
  }
}
