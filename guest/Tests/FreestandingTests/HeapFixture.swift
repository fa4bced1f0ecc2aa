// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Glibc

/// A heap in memory of its own. Blocks are plain addresses here.
@safe
final class HeapFixture {
  private let heap: UnsafeMutablePointer<sl_heap>
  private let memory: UnsafeMutableRawPointer
  let size: Int

  init(pages: Int) {
    size = pages * Int(SL_HEAP_PAGE_SIZE)
    unsafe memory = mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    unsafe heap = .allocate(capacity: 1)
    unsafe heap.initialize(to: sl_heap())
    let start = UInt(bitPattern: unsafe memory)
    unsafe sl_heap_init(heap, start, start + UInt(size), 0x5ec7e7)
  }

  deinit {
    unsafe munmap(memory, size)
    unsafe heap.deallocate()
  }

  var start: UInt { UInt(bitPattern: unsafe memory) }
  var end: UInt { start + UInt(size) }
  var available: Int { unsafe sl_heap_available(heap) }

  func allocate(_ size: Int, alignment: Int = 1) -> UInt? {
    let block = unsafe sl_heap_allocate_aligned(heap, alignment, size)
    return unsafe block.map { UInt(bitPattern: $0) }
  }

  func free(_ block: UInt) -> sl_heap_fault {
    unsafe sl_heap_free(heap, UnsafeMutableRawPointer(bitPattern: block))
  }

  func usableSize(_ block: UInt) -> Int {
    unsafe sl_heap_usable_size(heap, UnsafeRawPointer(bitPattern: block))
  }

  func fill(_ block: UInt, _ byte: UInt8, count: Int) {
    if let start = unsafe UnsafeMutableRawPointer(bitPattern: block) {
      unsafe memset(start, CInt(byte), count)
    }
  }

  func holds(_ block: UInt, _ byte: UInt8, count: Int) -> Bool {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: block), count: count)
    return unsafe bytes.allSatisfy { $0 == byte }
  }

  /// Pages of the heap's memory that were ever touched.
  var residentPages: Int {
    var residency = [UInt8](repeating: 0, count: size / Int(SL_HEAP_PAGE_SIZE))
    _ = unsafe mincore(memory, size, &residency)
    return residency.count { $0 & 1 == 1 }
  }
}

/// Numbers that are the same in every run.
struct RepeatableGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 32) ^ (state << 32)
  }
}
