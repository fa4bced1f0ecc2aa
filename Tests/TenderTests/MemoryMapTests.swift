// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import GuestMemory
import Testing

@testable import Tender

@Suite struct MemoryMapTests {
  /// The parts of the map that are the same for every guest.
  private static let low: [MemoryRegion] = [
    MemoryRegion(.tender, 0x1000..<0x3000, [.read]),
    MemoryRegion(.tender, 0x3000..<0x4000, [.read, .execute]),
    MemoryRegion(.tender, 0x4000..<0x5000, [.read, .write]),
    MemoryRegion(.bootInformation, 0x8000..<0xf000, [.guest, .read]),
  ]

  @Test func nativeImageHasItsMap() throws {
    let map = try MapFixture.small.map()
    #expect(
      map.regions.regions == Self.low + [
        MemoryRegion(.program, 0x10_0000..<0x10_1000, [.guest, .read, .execute]),
        MemoryRegion(.program, 0x10_1000..<0x10_2000, [.guest, .read]),
        MemoryRegion(.program, 0x10_2000..<0x10_4000, [.guest, .read, .write]),
        MemoryRegion(.heap, 0x10_4000..<0xfe_f000, [.guest, .read, .write]),
        MemoryRegion(.stack, 0xff_0000..<0x100_0000, [.guest, .read, .write]),
      ])
    #expect(map.heap == 0x10_4000..<0xfe_f000)
    #expect(map.guardPage == 0xfe_f000..<0xff_0000)
    #expect(map.stack == 0xff_0000..<0x100_0000)
    #expect(map.memorySize == 0x100_0000)
  }

  @Test func solo5GuestMayUseAllMemoryAboveTheTenders() throws {
    var image = ImageFixture(stackSize: nil)
    image.segments = [
      .init(flags: 5, address: 0x10_0000, memorySize: 0x1000),
      .init(flags: 6, address: 0x10_3000, memorySize: 0x1001),
    ]
    let map = try MapFixture(image: image, memorySize: 16 << 20).map()
    #expect(
      map.regions.regions == Self.low.dropLast() + [
        MemoryRegion(.bootInformation, 0x8000..<0xf000, [.guest, .read, .write]),
        MemoryRegion(.program, 0x10_0000..<0x10_1000, [.guest, .read, .execute]),
        MemoryRegion(.heap, 0x10_1000..<0x10_3000, [.guest, .read, .write]),
        MemoryRegion(.program, 0x10_3000..<0x10_5000, [.guest, .read, .write]),
        MemoryRegion(.heap, 0x10_5000..<0x100_0000, [.guest, .read, .write]),
      ])
    #expect(map.guardPage.isEmpty && map.stack.isEmpty)
    #expect(map.initialStackPointer == 0x100_0000 - 8)
    #expect(!map.largePageRange.contains(0x100_0000 - 1))
  }

  @Test(arguments: MapFixture.all)
  func guardPageAndNullPageAreInNoRegion(fixture: MapFixture) throws {
    let map = try fixture.map()
    #expect(map.guardPage.count == 4096)
    #expect(map.guardPage.upperBound == map.stack.lowerBound)
    #expect(map.heap.upperBound == map.guardPage.lowerBound)
    #expect(map.stack.upperBound == map.memorySize)
    for region in map.regions.regions {
      #expect(!region.range.overlaps(map.guardPage))
      #expect(!region.range.overlaps(0..<4096))
      #expect(!region.range.overlaps(MemoryMap.pageTables..<MemoryMap.tenderEnd))
      #expect(region.range.upperBound <= map.memorySize)
    }
  }

  @Test(arguments: MapFixture.all)
  func nothingIsBothWritableAndExecutable(fixture: MapFixture) throws {
    for region in try fixture.map().regions.regions {
      #expect(!region.access.isSuperset(of: [.write, .execute]))
      #expect(region.access.contains(.read))
    }
  }

  @Test(arguments: MapFixture.all)
  func stackPointerIsBelowTheSeedAsAfterACall(fixture: MapFixture) throws {
    let map = try fixture.map()
    #expect(map.seed == map.memorySize - 64)
    #expect(map.initialStackPointer == map.memorySize - 72)
    #expect(map.initialStackPointer % 16 == 8)
  }

  @Test func segmentsThatShareAPageMeetInIt() throws {
    var fixture = ImageFixture()
    fixture.segments += [
      .init(flags: 6, address: 0x10_3900, memorySize: 0x10),
      .init(flags: 6, address: 0x10_3a00, memorySize: 0x1000),
    ]
    let map = try MapFixture(image: fixture, memorySize: 16 << 20).map()
    let program = map.regions.regions.filter { $0.use == .program }
    #expect(
      program.map(\.range) == [
        0x10_0000..<0x10_1000, 0x10_1000..<0x10_2000, 0x10_2000..<0x10_4000,
        0x10_4000..<0x10_5000,
      ])
    #expect(program.suffix(2).allSatisfy { $0.access == [.guest, .read, .write] })
    #expect(map.heap.lowerBound == 0x10_5000)
  }

  @Test func gapBetweenSegmentsIsUnmapped() throws {
    var fixture = ImageFixture()
    fixture.segments[2].address = 0x40_0000
    let map = try MapFixture(image: fixture, memorySize: 16 << 20).map()
    #expect(map.regions.region(at: GuestAddress(0x10_2000)) == nil)
    #expect(map.regions.region(at: GuestAddress(0x3f_ffff)) == nil)
    #expect(map.regions.region(at: GuestAddress(0x40_0000))?.use == .program)
  }

  @Test func segmentWithoutPermissionsIsUnmapped() throws {
    var fixture = ImageFixture()
    fixture.segments[1].flags = 0
    let map = try MapFixture(image: fixture, memorySize: 16 << 20).map()
    #expect(map.regions.region(at: GuestAddress(0x10_1000)) == nil)
    #expect(map.regions.region(at: GuestAddress(0x10_2000))?.use == .program)
  }

  @Test(
    arguments: [
      ([], nil), (.read, [.guest, .read]), (.write, [.guest, .read, .write]),
      (.execute, [.guest, .read, .execute]), ([.read, .write], [.guest, .read, .write]),
      ([.read, .execute], [.guest, .read, .execute]),
    ] as [(Permissions, PageAccess?)])
  func whatCanBeUsedCanBeRead(permissions: Permissions, access: PageAccess?) {
    #expect(PageAccess(permissions) == access)
  }

  @Test(
    arguments: [
      (4096, 2 << 20, true), (0xf_b000, 2 << 20, true), (0xf_c000, 2 << 20, false),
      (0xf_c000, 4 << 20, true), (1 << 30, 1 << 30, false), (1 << 30, (1 << 30) + (2 << 20), true),
    ] as [(UInt64, UInt64, Bool)])
  func programGuardPageAndStackMustFit(stackSize: UInt64, memorySize: UInt64, fits: Bool) throws {
    let image = try ImageFixture(stackSize: stackSize).parse()
    let map = MemoryMap(of: image, memorySize: memorySize)
    #expect((map != nil) == fits)
  }

  @Test func heapMayBeEmpty() throws {
    let map = try MapFixture(image: ImageFixture(stackSize: 0xf_b000), memorySize: 2 << 20).map()
    #expect(map.heap.isEmpty)
    #expect(!map.regions.regions.contains { $0.use == .heap })
    #expect(map.largePageRange.isEmpty)
  }

  @Test(
    arguments: [
      (2 << 20, 0x40_0000..<0x40_0000), (4 << 20, 0x40_0000..<0x40_0000),
      (16 << 20, 0x40_0000..<0xe0_0000),
      (512 << 20, 0x40_0000..<0x1fe0_0000), (4 << 30, 0x40_0000..<0xffe0_0000),
    ] as [(UInt64, Range<UInt64>)])
  func largePagesLeaveTheHeapsBeginningAndTheStackOut(
    memorySize: UInt64, range: Range<UInt64>
  ) throws {
    #expect(try MapFixture(memorySize: memorySize).map().largePageRange == range)
  }

  @Test(
    arguments: [(512 << 20, true), (0xfee0_0000, true), (0xff00_0000, false), (4 << 30, false)]
      as [(UInt64, Bool)])
  func localAPICNeedsAPlaceAboveMemory(memorySize: UInt64, leavesRoom: Bool) throws {
    #expect(try MapFixture(memorySize: memorySize).map().leavesRoomForLocalAPIC == leavesRoom)
  }

  @Test(
    arguments: [
      (0, .nullPage), (0xfff, .nullPage), (0x1000, .region(.tender)), (0x4fff, .region(.tender)),
      (0x5000, .region(.tender)), (0x8000, .region(.bootInformation)),
      (0xefff, .region(.bootInformation)), (0xf000, .region(.tender)), (0xf_ffff, .region(.tender)),
      (0x10_0000, .region(.program)), (0x10_3fff, .region(.program)), (0x10_4000, .region(.heap)),
      (0xfe_efff, .region(.heap)), (0xfe_f000, .guardPage), (0xfe_ffff, .guardPage),
      (0xff_0000, .region(.stack)), (0xff_ffff, .region(.stack)), (0x100_0000, .outsideMemory),
      (.max, .outsideMemory),
    ] as [(UInt64, ProcessorException.Place)])
  func addressHasAPlace(address: UInt64, place: ProcessorException.Place) throws {
    #expect(try MapFixture.small.map().place(of: GuestAddress(address)) == place)
  }

  @Test func gapIsUnmapped() throws {
    var fixture = ImageFixture()
    fixture.segments[2].address = 0x40_0000
    let map = try MapFixture(image: fixture, memorySize: 16 << 20).map()
    #expect(map.place(of: GuestAddress(0x10_2000)) == .unmapped)
  }
}
