// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@testable import Tender

@Suite struct PageTablesTests {
  private static let largePageSize = GuestMemory.largePageSize

  private static func tables(of map: MemoryMap) -> PageTables {
    PageTables(mapping: map.regions, memorySize: map.memorySize, base: MemoryMap.pageTables)
  }

  /// The start of every page that the tables map, or could map, up to 2 MiB above the memory; of a
  /// large page only the start.
  private static func pages(of walk: PageWalk, _ map: MemoryMap) -> [UInt64] {
    stride(from: 0, to: map.memorySize + largePageSize, by: Int(largePageSize)).flatMap { start in
      walk.translate(start)?.isLarge == true
        ? [start] : Array(stride(from: start, to: start + largePageSize, by: 4096))
    }
  }

  @Test(arguments: MapFixture.all)
  func everyPageIsMappedAsItsRegionSays(fixture: MapFixture) throws {
    let map = try fixture.map()
    let walk = PageWalk(tables: Self.tables(of: map))
    var regions = map.regions.regions[...]
    for page in Self.pages(of: walk, map) {
      regions = regions.drop { $0.range.upperBound <= page }
      let region = regions.first.flatMap { $0.range.contains(page) ? $0 : nil }
      let translation = walk.translate(page)
      guard let region, let translation else {
        try #require(region == nil && translation == nil, "page \(GuestAddress(page))")
        continue
      }
      try #require(translation.physicalAddress == page, "the mapping is the identity")
      try #require(translation.access == region.access, "page \(GuestAddress(page))")
    }
  }

  @Test(arguments: MapFixture.all)
  func largePagesStandExactlyWhereARegionFillsThem(fixture: MapFixture) throws {
    let map = try fixture.map()
    let walk = PageWalk(tables: Self.tables(of: map))
    for start in stride(from: 0, to: map.memorySize, by: Int(Self.largePageSize)) {
      let isFilled = map.regions.regions.contains {
        $0.range.lowerBound <= start && $0.range.upperBound >= start + Self.largePageSize
      }
      // The other half of the page shows that it is one.
      let middle = walk.translate(start + Self.largePageSize / 2)
      try #require((middle?.isLarge ?? false) == isFilled, "page \(GuestAddress(start))")
      if isFilled {
        let last = start + Self.largePageSize - 1
        try #require(walk.translate(last)?.physicalAddress == last)
      }
    }
  }

  @Test(arguments: MapFixture.all)
  func noPageIsBothWritableAndExecutable(fixture: MapFixture) throws {
    let map = try fixture.map()
    let walk = PageWalk(tables: Self.tables(of: map))
    for page in Self.pages(of: walk, map) {
      let access = walk.translate(page)?.access ?? []
      try #require(!access.isSuperset(of: [.write, .execute]), "page \(GuestAddress(page))")
    }
  }

  /// So that no processor writes to the tables, which the guest's memory holds.
  @Test(arguments: MapFixture.all)
  func accessedAndDirtyAreSetFromTheStart(fixture: MapFixture) throws {
    let map = try fixture.map()
    let walk = PageWalk(tables: Self.tables(of: map))
    for page in Self.pages(of: walk, map) {
      guard let translation = walk.translate(page) else { continue }
      try #require(translation.isAccessed && translation.areTablesAccessed)
      try #require(translation.isDirty == translation.access.contains(.write))
    }
  }

  @Test(arguments: MapFixture.all)
  func nullPageGuardPageAndTablesAreUnmapped(fixture: MapFixture) throws {
    let map = try fixture.map()
    let tables = Self.tables(of: map)
    let walk = PageWalk(tables: tables)
    #expect(walk.translate(0) == nil)
    #expect(walk.translate(0xfff) == nil)
    #expect(walk.translate(map.guardPage.lowerBound) == nil)
    #expect(walk.translate(map.guardPage.upperBound - 1) == nil)
    #expect(walk.translate(map.guardPage.upperBound)?.access == [.guest, .read, .write])
    for page in stride(from: tables.base, to: MemoryMap.tenderEnd, by: 4096) {
      #expect(walk.translate(page) == nil)
    }
  }

  @Test(arguments: MapFixture.all)
  func tendersPagesAreTheSupervisorsAlone(fixture: MapFixture) throws {
    let map = try fixture.map()
    let walk = PageWalk(tables: Self.tables(of: map))
    let expected: [(UInt64, PageAccess)] = [
      (MemoryMap.descriptorTables, [.read]), (MemoryMap.taskState, [.read]),
      (MemoryMap.trapStubs, [.read, .execute]), (MemoryMap.trapStack, [.read, .write]),
    ]
    for (page, access) in expected { #expect(walk.translate(page)?.access == access) }
    for page in stride(from: MemoryMap.bootInformation, to: MemoryMap.bootInformationEnd, by: 4096)
    {
      #expect(walk.translate(page)?.access == [.guest, .read])
    }
  }

  @Test(
    arguments: [
      1 << 32, 1 << 39, 1 << 47, 0xffff_8000_0000_0000, .max, (1 << 39) + 0x10_0000,
    ] as [UInt64])
  func addressesAboveAllMemoryAreUnmapped(address: UInt64) throws {
    let map = try MapFixture(memorySize: 4 << 30).map()
    let walk = PageWalk(tables: Self.tables(of: map))
    #expect(walk.translate(address) == nil)
  }

  @Test(arguments: MapFixture.all)
  func entriesHaveNoOtherBits(fixture: MapFixture) throws {
    let tables = Self.tables(of: try fixture.map())
    let walk = PageWalk(tables: tables)
    var links: [UInt64] = [tables.root]
    for (index, table) in tables.tables.enumerated() {
      try #require(table.count == 512)
      for entry in table where entry != 0 {
        let isLarge = entry & 1 << 7 != 0
        try #require(entry & 1 == 1, "an entry is present or zero")
        try #require(!walk.hasReservedBits(entry, isLarge: isLarge), "table \(index)")
        let target = entry & 0x000f_ffff_ffff_f000
        if !isLarge, (tables.base..<tables.end).contains(target) { links.append(target) }
      }
    }
    // Each table has one place in the tree, and none is out of it.
    #expect(links.sorted() == tables.tables.indices.map { tables.base + UInt64($0) * 4096 })
  }

  @Test(
    arguments: [(2 << 20, 4), (16 << 20, 5), (512 << 20, 5), (4 << 30, 8)] as [(UInt64, Int)])
  func tablesAreFewAndFitTheirPlace(memorySize: UInt64, count: Int) throws {
    let tables = Self.tables(of: try MapFixture(memorySize: memorySize).map())
    #expect(tables.tables.count == count)
    #expect(tables.root == MemoryMap.pageTables)
    #expect(tables.end == tables.base + UInt64(count) * 4096)
  }

  /// 16 segments, each of which begins and ends inside a large page of its own.
  @Test func mostTablesThatAnImageCanNeedFit() throws {
    var fixture = ImageFixture(stackSize: 0x30_1000)
    fixture.segments = (0..<16).map { index in
      .init(
        flags: index == 0 ? 5 : 6, address: 0x10_0000 + UInt64(index) * 0x0800_0000,
        memorySize: 0x40_1000)
    }
    let tables = Self.tables(of: try MapFixture(image: fixture, memorySize: 4 << 30).map())
    #expect(tables.tables.count > 32)
    #expect(tables.end <= MemoryMap.tenderEnd)
  }
}
