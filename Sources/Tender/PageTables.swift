// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory

/// The guest's page tables: an identity mapping of its regions and of nothing else (SDM vol. 3,
/// section 4.5, 4-level paging).
struct PageTables {
  /// Page-table entry bits (SDM vol. 3, table 4-20).
  private enum Bit {
    static let present: UInt64 = 1 << 0
    static let writable: UInt64 = 1 << 1
    static let user: UInt64 = 1 << 2
    static let accessed: UInt64 = 1 << 5
    static let dirty: UInt64 = 1 << 6
    static let large: UInt64 = 1 << 7
    static let noExecute: UInt64 = 1 << 63
  }

  private static let entriesPerTable = 512
  private static let tableSize: UInt64 = 4096

  /// Tables in the order of their addresses; the first is the root.
  private(set) var tables: [[UInt64]] = []
  let base: UInt64

  /// What CR3 holds.
  var root: UInt64 { base }
  /// The end of the last table.
  var end: UInt64 { address(ofTable: tables.count) }

  /// Builds tables at `base` that map `regions` in a memory of `memorySize` bytes: 2 MiB pages where
  /// one region fills them, 4 KiB pages elsewhere.
  init(mapping regions: MemoryRegions, memorySize: UInt64, base: UInt64) {
    self.base = base
    let root = addTable()
    let pointers = addTable()
    link(root, 0, to: pointers)
    var directory = 0
    var rest = regions.regions[...]
    for start in stride(from: 0, to: memorySize, by: Int(GuestMemory.largePageSize)) {
      let slot = Int(start / GuestMemory.largePageSize)
      if slot % Self.entriesPerTable == 0 {
        directory = addTable()
        link(pointers, slot / Self.entriesPerTable, to: directory)
      }
      let range = start..<start + GuestMemory.largePageSize
      rest = rest.drop { $0.range.upperBound <= range.lowerBound }
      map(range, of: rest, in: directory, slot % Self.entriesPerTable)
    }
  }

  private mutating func map(
    _ range: Range<UInt64>, of regions: ArraySlice<MemoryRegion>, in directory: Int, _ slot: Int
  ) {
    guard let first = regions.first, first.range.overlaps(range) else { return }
    if first.range.lowerBound <= range.lowerBound, first.range.upperBound >= range.upperBound {
      tables[directory][slot] = range.lowerBound | Self.bits(first.access) | Bit.large
      return
    }
    let table = addTable()
    link(directory, slot, to: table)
    for region in regions.prefix(while: { $0.range.lowerBound < range.upperBound }) {
      let pages = region.range.clamped(to: range)
      for page in stride(from: pages.lowerBound, to: pages.upperBound, by: 4096) {
        tables[table][Int((page - range.lowerBound) / 4096)] = page | Self.bits(region.access)
      }
    }
  }

  /// Accessed and dirty are set from the start, so that no processor writes to the tables.
  private static func bits(_ access: PageAccess) -> UInt64 {
    var bits = Bit.present | Bit.accessed
    if access.contains(.write) { bits |= Bit.writable | Bit.dirty }
    if access.contains(.guest) { bits |= Bit.user }
    if !access.contains(.execute) { bits |= Bit.noExecute }
    return bits
  }

  private mutating func addTable() -> Int {
    tables.append([UInt64](repeating: 0, count: Self.entriesPerTable))
    return tables.count - 1
  }

  /// Access is decided by the last level alone.
  private mutating func link(_ table: Int, _ slot: Int, to next: Int) {
    tables[table][slot] =
      address(ofTable: next) | Bit.present | Bit.writable | Bit.user | Bit.accessed
  }

  private func address(ofTable index: Int) -> UInt64 { base + UInt64(index) * Self.tableSize }
}
