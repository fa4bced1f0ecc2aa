// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@Suite struct OrderingTests {
  @Test func storedIsLoaded() throws {
    let memory = try memoryFixture()
    memory.storeReleasing(0x1234, at: GuestAddress(0x4006))
    memory.storeRelaxed(0x5678_9abc, 0x0bcd_ef01, at: GuestAddress(0x400c))
    GuestMemory.fence()
    #expect(memory.loadAcquiring(at: GuestAddress(0x4006)) == 0x1234)
    #expect(memory.load(UInt64.self, at: GuestAddress(0x400c)) == 0x0bcd_ef01_5678_9abc)
    let first = memory.loadRelaxedPair(at: GuestAddress(0x4000))
    #expect(first == (0x1234_0000_0000_0000, 0x5678_9abc_0000_0000))
    #expect(memory.loadRelaxedPair(at: GuestAddress(0x4010)) == (0x0bcd_ef01, 0))
  }

  @Test func lastBytesAreReached() throws {
    let memory = try memoryFixture()
    memory.storeRelaxed(7, .max, at: GuestAddress(0x1f_fff8))
    memory.storeReleasing(1, at: GuestAddress(0x1f_fffe))
    #expect(memory.loadAcquiring(at: GuestAddress(0x1f_fffe)) == 1)
    let last = memory.loadRelaxedPair(at: GuestAddress(0x1f_fff0))
    #expect(last == (0, 0x0001_ffff_0000_0007))
  }

  @Test(arguments: [0x4001, 0x20_0000, .max - 1] as [UInt64])
  func addressOf16BitsThatIsNoneIsOurBug(address: UInt64) async {
    await #expect(processExitsWith: .failure) { [address] in
      _ = try memoryFixture().loadAcquiring(at: GuestAddress(address))
    }
    await #expect(processExitsWith: .failure) { [address] in
      try memoryFixture().storeReleasing(1, at: GuestAddress(address))
    }
  }

  @Test(arguments: [0x4008, 0x4001, 0x1f_fff8, 0x20_0000, .max - 15] as [UInt64])
  func addressOfAPairToLoadThatIsNoneIsOurBug(address: UInt64) async {
    await #expect(processExitsWith: .failure) { [address] in
      _ = try memoryFixture().loadRelaxedPair(at: GuestAddress(address))
    }
  }

  @Test(arguments: [0x4002, 0x1f_fffc, 0x20_0000, .max - 3, .max - 7] as [UInt64])
  func addressOfAPairToStoreThatIsNoneIsOurBug(address: UInt64) async {
    await #expect(processExitsWith: .failure) { [address] in
      try memoryFixture().storeRelaxed(1, 2, at: GuestAddress(address))
    }
  }
}
