// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import GuestMemory

/// Where everything is in a guest's memory (hvt-abi/SPEC.md, "Guest memory").
struct MemoryMap {
  // The tender's area, below the program. Page 0 stays unmapped.
  static let descriptorTables: UInt64 = 0x1000
  static let taskState: UInt64 = 0x2000
  static let trapStubs: UInt64 = 0x3000
  static let trapStack: UInt64 = 0x4000
  static let trapStackEnd: UInt64 = 0x5000
  static let bootInformation: UInt64 = 0x8000
  static let commandLine: UInt64 = 0x9000
  static let manifest: UInt64 = 0xb000
  static let queueTable: UInt64 = 0xd000
  static let bootInformationEnd: UInt64 = 0xf000
  /// Page tables are mapped nowhere: no instruction of the guest can name them.
  static let pageTables: UInt64 = 0x10000
  static let tenderEnd: UInt64 = 0x100000

  /// Bytes at the stack's top that hold the seed and keep the stack pointer aligned.
  static let seedArea: UInt64 = 64

  let memorySize: UInt64
  /// What is free for the guest, of a Solo5 guest up to the end of memory.
  let heap: Range<UInt64>
  /// The rings; empty for a guest without queues.
  let queues: Range<UInt64>
  /// Empty for a Solo5 guest, and so is its `stack`: it divides the heap itself.
  let guardPage: Range<UInt64>
  let stack: Range<UInt64>
  let regions: MemoryRegions

  /// The map of `image` in `memorySize` bytes, with room for the queues that it asks for; nil when it
  /// does not fit.
  init?(of image: GuestImage, memorySize: UInt64, withQueues: Bool = true) {
    let (page, stackSize) = image.native.map { (MemoryRegion.pageSize, $0.stackSize) } ?? (0, 0)
    guard image.minimumMemorySize <= memorySize else { return nil }
    self.memorySize = memorySize
    stack = (memorySize - stackSize)..<memorySize
    guardPage = (stack.lowerBound - page)..<stack.lowerBound
    let queueByteCount = withQueues ? image.queueByteCount : 0
    queues = (guardPage.lowerBound - queueByteCount)..<guardPage.lowerBound
    heap = image.memoryEnd..<queues.lowerBound

    var regions = MemoryRegions()
    regions.appendTendersArea()
    let isNative = image.native != nil
    regions.append(
      MemoryRegion(
        .bootInformation, Self.bootInformation..<Self.bootInformationEnd,
        isNative ? [.guest, .read] : [.guest, .read, .write]))
    var end = Self.tenderEnd
    for segment in image.segments {
      // Two segments may share a page when their access is the same.
      let pages = max(end, segment.pages.lowerBound)..<segment.pages.upperBound
      if !isNative {
        regions.append(MemoryRegion(.heap, end..<pages.lowerBound, [.guest, .read, .write]))
      }
      end = segment.pages.upperBound
      if let access = PageAccess(segment.permissions) {
        regions.append(MemoryRegion(.program, pages, access))
      }
    }
    regions.append(MemoryRegion(.heap, heap, [.guest, .read, .write]))
    regions.append(MemoryRegion(.queues, queues, [.guest, .read, .write]))
    regions.append(MemoryRegion(.stack, stack, [.guest, .read, .write]))
    self.regions = regions
  }

  /// The stack pointer at entry, as after a call (System V ABI for x86-64, 3.2.2): at the end of
  /// memory, of a native guest below the seed.
  var initialStackPointer: UInt64 { (stack.isEmpty ? memorySize : seed) - 8 }

  /// Where a native guest's seed is.
  var seed: UInt64 { memorySize - Self.seedArea }

  /// Whether the memory ends below the local APIC's registers, for which some hosts insist on a
  /// place of their own.
  var leavesRoomForLocalAPIC: Bool { memorySize <= 0xfee0_0000 }

  /// Where large pages pay: the heap, except for its beginning, which every guest touches, and for the
  /// end of memory, where a stack is, so that a small guest stays small.
  var largePageRange: Range<UInt64> {
    let large = GuestMemory.largePageSize
    let start = (heap.lowerBound + large - 1) / large * large + large
    let end = min(heap.upperBound / large * large, memorySize - large)
    return start..<max(start, end)
  }
}

extension MemoryRegions {
  /// Adds what the processor needs at an exception; the guest can do nothing with it.
  mutating func appendTendersArea() {
    append(MemoryRegion(.tender, MemoryMap.descriptorTables..<MemoryMap.trapStubs, [.read]))
    append(MemoryRegion(.tender, TrapStub.addresses, [.read, .execute]))
    append(MemoryRegion(.tender, MemoryMap.trapStack..<MemoryMap.trapStackEnd, [.read, .write]))
  }
}

extension PageAccess {
  /// What the guest may do with a segment; nil when nothing. x86-64 has no page that can be executed
  /// or written but not read.
  init?(_ permissions: Permissions) {
    if permissions.isEmpty { return nil }
    self = [.guest, .read]
    if permissions.contains(.write) { insert(.write) }
    if permissions.contains(.execute) { insert(.execute) }
  }
}
