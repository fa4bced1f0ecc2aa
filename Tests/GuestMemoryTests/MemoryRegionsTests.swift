// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@Suite struct MemoryRegionsTests {
  private let regions = MemoryRegions.fixture

  @Test(arguments: Ranges.writable)
  func rangeInsideWritableRegionsMayBeWritten(address: UInt64, count: UInt64) {
    #expect(regions.allows([.guest, .read], at: GuestAddress(address), count: count))
    #expect(regions.allows([.guest, .write], at: GuestAddress(address), count: count))
    #expect(!regions.allows([.guest, .execute], at: GuestAddress(address), count: count))
  }

  @Test(arguments: Ranges.readOnly)
  func rangeThatTouchesReadOnlyRegionsMayOnlyBeRead(address: UInt64, count: UInt64) {
    #expect(regions.allows([.guest, .read], at: GuestAddress(address), count: count))
    #expect(!regions.allows([.guest, .write], at: GuestAddress(address), count: count))
  }

  @Test(arguments: Ranges.refused)
  func rangeOutsideTheGuestsRegionsIsRefused(address: UInt64, count: UInt64) {
    #expect(!regions.allows([.guest, .read], at: GuestAddress(address), count: count))
    #expect(!regions.allows([.guest, .write], at: GuestAddress(address), count: count))
  }

  @Test(
    arguments: [
      (0x2000, 0x1000, true), (0x2fff, 2, false), (0x1fff, 2, false), (0x3000, 1, false),
    ] as [(UInt64, UInt64, Bool)])
  func onlyCodeMayBeExecuted(address: UInt64, count: UInt64, isAllowed: Bool) {
    let access: PageAccess = [.guest, .read, .execute]
    #expect(regions.allows(access, at: GuestAddress(address), count: count) == isAllowed)
  }

  @Test func tendersRegionIsTheTendersAlone() {
    #expect(regions.allows([.read, .write], at: GuestAddress(0x1000), count: 0x1000))
    #expect(!regions.allows([.guest], at: GuestAddress(0x1000), count: 1))
    #expect(regions.allows([.read], at: GuestAddress(0x1000), count: 0x7000))
  }

  /// A range of nothing is as good as its first byte.
  @Test(
    arguments: [
      (0, false), (0x1fff, false), (0x2000, true), (0x4000, true), (0x7fff, true), (0x8000, false),
      (0x9000, true), (0x1f_ffff, true), (0x20_0000, false), (.max, false),
    ] as [(UInt64, Bool)])
  func emptyRangeIsJudgedByItsAddress(address: UInt64, isAllowed: Bool) {
    #expect(regions.allows([.guest, .read], at: GuestAddress(address), count: 0) == isAllowed)
  }

  @Test func noRegionAllowsNothing() {
    let none = MemoryRegions()
    #expect(!none.allows([], at: GuestAddress(0), count: 0))
    #expect(!none.allows([.guest, .read], at: GuestAddress(0), count: 1))
    #expect(none.region(at: GuestAddress(0)) == nil)
  }

  @Test func lastAddressesOfAllCanBelongToARegion() {
    var regions = MemoryRegions()
    let start = UInt64.max - 0xfff
    regions.append(MemoryRegion(.heap, start - 0x1000..<start, [.guest, .read]))
    #expect(regions.allows([.guest, .read], at: GuestAddress(start - 1), count: 1))
    #expect(!regions.allows([.guest, .read], at: GuestAddress(start - 1), count: 2))
    #expect(!regions.allows([.guest, .read], at: GuestAddress(start), count: 0xfff))
  }

  @Test(
    arguments: [
      (0x0fff, nil), (0x1000, .tender), (0x2000, .program), (0x5fff, .program), (0x6000, .heap),
      (0x7fff, .heap), (0x8000, nil), (0x9000, .stack), (0x1f_ffff, .stack), (0x20_0000, nil),
      (.max, nil),
    ] as [(UInt64, MemoryRegion.Use?)])
  func addressIsInItsRegion(address: UInt64, use: MemoryRegion.Use?) {
    #expect(regions.region(at: GuestAddress(address))?.use == use)
  }

  @Test func emptyRegionIsLeftOut() {
    var regions = MemoryRegions.fixture
    regions.append(MemoryRegion(.heap, 0x1000..<0x1000, [.guest, .read]))
    #expect(regions == .fixture)
  }

  @Test func regionOutOfOrderIsOurBug() async {
    await #expect(processExitsWith: .failure) {
      var regions = MemoryRegions.fixture
      regions.append(MemoryRegion(.heap, 0x1f_f000..<0x20_1000, [.guest, .read]))
    }
  }

  @Test func regionOfPartsOfPagesIsOurBug() async {
    await #expect(processExitsWith: .failure) {
      _ = MemoryRegion(.heap, 0x1000..<0x1800, [.guest, .read])
    }
  }
}
