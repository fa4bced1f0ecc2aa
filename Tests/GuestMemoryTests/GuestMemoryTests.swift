// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@Suite struct GuestMemoryTests {
  /// How many bytes the guest is given to read; nil when it is refused.
  private static func read(
    _ memory: borrowing GuestMemory, _ address: UInt64, _ count: UInt64
  ) -> UInt64? {
    memory.withReadableBytes(at: GuestAddress(address), count: count) { UInt64($0.byteCount) }
  }

  /// How many bytes the guest is given to write; nil when it is refused.
  private static func write(
    _ memory: borrowing GuestMemory, _ address: UInt64, _ count: UInt64
  ) -> UInt64? {
    memory.withWritableBytes(at: GuestAddress(address), count: count) { UInt64($0.byteCount) }
  }

  @Test(arguments: Ranges.writable)
  func guestReadsAndWritesItsData(address: UInt64, count: UInt64) throws {
    let memory = try memoryFixture()
    #expect(Self.read(memory, address, count) == count)
    #expect(Self.write(memory, address, count) == count)
    #expect(memory.isWritable(at: GuestAddress(address), count: count) == true)
  }

  @Test(arguments: Ranges.readOnly)
  func guestOnlyReadsItsConstants(address: UInt64, count: UInt64) throws {
    let memory = try memoryFixture()
    #expect(Self.read(memory, address, count) == count)
    #expect(Self.write(memory, address, count) == nil)
    #expect(memory.isWritable(at: GuestAddress(address), count: count) == false)
  }

  @Test(arguments: Ranges.refused)
  func guestReachesNothingElse(address: UInt64, count: UInt64) throws {
    let memory = try memoryFixture()
    #expect(Self.read(memory, address, count) == nil)
    #expect(Self.write(memory, address, count) == nil)
    #expect(memory.isWritable(at: GuestAddress(address), count: count) == false)
  }

  /// Nothing is read, so that no address is wrong (`puts` of nothing).
  @Test(arguments: [0, 0x1000, 0x8000, 0x20_0000, .max] as [UInt64])
  func readOfNothingIsAllowedAnywhere(address: UInt64) throws {
    let memory = try memoryFixture()
    #expect(Self.read(memory, address, 0) == 0)
  }

  @Test func bodyIsNotCalledWhenRefused() throws {
    let memory = try memoryFixture()
    var calls = 0
    let read: Void? = memory.withReadableBytes(at: GuestAddress(0), count: 1) { _ in calls += 1 }
    let written: Void? = memory.withWritableBytes(at: GuestAddress(0x2000), count: 1) { _ in
      calls += 1
    }
    #expect(read == nil && written == nil)
    #expect(calls == 0)
  }

  @Test func bodysErrorPasses() throws {
    struct Failure: Error, Equatable {}
    let memory = try memoryFixture()
    #expect(throws: Failure()) {
      try memory.withReadableBytes(at: GuestAddress(0x4000), count: 1) { _ throws(Failure) in
        throw Failure()
      }
    }
    #expect(throws: Failure()) {
      try memory.withWritableBytes(at: GuestAddress(0x4000), count: 1) { _ throws(Failure) in
        throw Failure()
      }
    }
  }

  @Test(arguments: [0x2000, 0x2ffc, 0x2ffd, 0x3ffe, 0x5ffd, 0x1f_fffc] as [UInt64])
  func valueIsLoadedWhereItMayBeRead(address: UInt64) throws {
    let memory = try memoryFixture()
    memory.store(UInt32(0x1234_5678), at: GuestAddress(address))
    #expect(memory.load(UInt32.self, at: GuestAddress(address)) == 0x1234_5678)
    #expect(memory.load(UInt8.self, at: GuestAddress(address)) == 0x78)
  }

  @Test(
    arguments: [0, 0x1000, 0x1fff, 0x7ffd, 0x8fff, 0x1f_fffd, 0x20_0000, .max - 3, .max] as [UInt64]
  )
  func valueIsNotLoadedElsewhere(address: UInt64) throws {
    let memory = try memoryFixture()
    #expect(memory.load(UInt32.self, at: GuestAddress(address)) == nil)
  }

  @Test func writtenBytesAreRead() throws {
    let memory = try memoryFixture()
    let written: Void? = memory.withWritableBytes(at: GuestAddress(0x5ffe), count: 4) { bytes in
      bytes.storeBytes(of: 0x0403_0201, as: UInt32.self)
    }
    #expect(written != nil)
    #expect((0..<4).map { memory.load(UInt8.self, at: GuestAddress(0x5ffe + $0)) } == [1, 2, 3, 4])
  }

  @Test func newMemoryIsZeroAndNotTheGuests() throws {
    let memory = try GuestMemory(byteCount: 4 << 30)
    #expect(memory.byteCount == 4 << 30)
    #expect(UInt64(memory.hostAddress) % GuestMemory.largePageSize == 0)
    #expect(memory.regions.regions.isEmpty)
    #expect(memory.load(UInt8.self, at: GuestAddress(0)) == nil)
    let last = memory.withTenderAccess(at: GuestAddress((4 << 30) - 8), count: 8) { bytes in
      // SAFETY: any bytes are an integer.
      unsafe bytes.unsafeLoad(as: UInt64.self)
    }
    #expect(last == 0)
  }

  // MARK: - The tender's own accesses

  @Test(
    arguments: [
      (0, 0), (0, 1), (0x1000, 8), (0x8000, 0x1000), (0, 0x20_0000), (0x1f_ffff, 1), (0x20_0000, 0),
    ] as [(UInt64, UInt64)])
  func tenderReachesAllOfTheMemory(address: UInt64, count: UInt64) throws {
    let memory = try memoryFixture()
    let found = memory.withTenderAccess(at: GuestAddress(address), count: count) { $0.byteCount }
    #expect(found == Int(count))
  }

  @Test(
    arguments: [
      (0, 0x20_0001), (1, 0x20_0000), (0x1f_ffff, 2), (0x20_0000, 1), (0x20_0001, 0), (.max, 0),
      (.max, 1), (.max, 2), (1, .max), (0, .max),
    ] as [(UInt64, UInt64)])
  func tenderReachesNothingOutside(address: UInt64, count: UInt64) throws {
    let memory = try memoryFixture()
    let found = memory.withTenderAccess(at: GuestAddress(address), count: count) { $0.byteCount }
    #expect(found == nil)
  }

  @Test(arguments: [0x1f_fff9, 0x20_0000, .max] as [UInt64])
  func storeOutsideTheMemoryIsOurBug(address: UInt64) async {
    await #expect(processExitsWith: .failure) { [address] in
      let memory = try memoryFixture()
      memory.store(UInt64(1), at: GuestAddress(address))
    }
  }

  @Test(arguments: [0, 1, 0x1f_f000, 0x20_0001, (4 << 30) + 0x20_0000] as [UInt64])
  func sizeThatIsNoneIsOurBug(byteCount: UInt64) async {
    await #expect(processExitsWith: .failure) { [byteCount] in
      _ = try GuestMemory(byteCount: byteCount)
    }
  }

  @Test func largePagesAreOnlyAdvice() throws {
    let memory = try memoryFixture()
    memory.adviseLargePages(0..<0x20_0000)
    memory.adviseLargePages(0x1000..<0x1000)
    memory.adviseLargePages(0..<0x20_0001)
    memory.adviseLargePages(0x20_0000..<0x40_0000)
    #expect(Self.write(memory, 0x9000, 0x1f_7000) == 0x1f_7000)
  }
}
