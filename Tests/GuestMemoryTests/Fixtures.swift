// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory

extension MemoryRegions {
  /// The regions of the guest: code at 0x2000, read-only data next to it, and memory to write in two
  /// adjacent regions; a gap at 0x8000; then more of it up to the end of 2 MiB. At 0x1000, what only
  /// the tender may read.
  static let fixture: MemoryRegions = {
    var regions = MemoryRegions()
    regions.append(MemoryRegion(.tender, 0x1000..<0x2000, [.read, .write]))
    regions.append(MemoryRegion(.program, 0x2000..<0x3000, [.guest, .read, .execute]))
    regions.append(MemoryRegion(.program, 0x3000..<0x4000, [.guest, .read]))
    regions.append(MemoryRegion(.program, 0x4000..<0x6000, [.guest, .read, .write]))
    regions.append(MemoryRegion(.heap, 0x6000..<0x8000, [.guest, .read, .write]))
    regions.append(MemoryRegion(.stack, 0x9000..<0x20_0000, [.guest, .read, .write]))
    return regions
  }()
}

/// 2 MiB of memory with the regions of `MemoryRegions.fixture`.
func memoryFixture() throws -> GuestMemory {
  var memory = try GuestMemory(byteCount: GuestMemory.largePageSize)
  memory.regions = .fixture
  return memory
}

/// Ranges of the fixture that the guest may read, but that it may also write only where told so.
enum Ranges {
  /// Ranges inside what the guest may write, up to its boundaries.
  static let writable: [(UInt64, UInt64)] = [
    (0x4000, 1), (0x4000, 0x2000), (0x5fff, 1), (0x5fff, 2), (0x4000, 0x4000), (0x7ff8, 8),
    (0x7fff, 1), (0x9000, 0x1f_7000), (0x1f_ffff, 1),
  ]
  /// Ranges that the guest may read, parts of which it may not write.
  static let readOnly: [(UInt64, UInt64)] = [
    (0x2000, 1), (0x2fff, 1), (0x2fff, 2), (0x2000, 0x6000), (0x3000, 0x1000), (0x3fff, 1),
    (0x3fff, 2), (0x3ffc, 8),
  ]
  /// Ranges that are not all the guest's: the tender's, gaps, the end of memory, wrapping ones.
  static let refused: [(UInt64, UInt64)] = [
    (0, 1), (0x1000, 1), (0x1fff, 1), (0x1fff, 2), (0x0fff, 2), (0x7fff, 2), (0x8000, 1),
    (0x8fff, 1), (0x8fff, 2), (0x7000, 0x3000), (0x1f_ffff, 2), (0x20_0000, 1), (0x9000, 0x1f_7001),
    (0x4000, .max), (0x4000, .max - 0x3fff), (0x4000, .max - 0x4000), (.max, 1), (.max, 2),
    (.max - 7, 8), (.max - 7, 7), (.max, .max), (1 << 32, 1), (0x1_0000_4000, 1), (1 << 63, 1),
    (0x8000_0000_0000_4000, 1),
  ]
}
