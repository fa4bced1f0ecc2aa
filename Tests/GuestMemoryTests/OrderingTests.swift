// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@Suite struct OrderingTests {
  @Test func storedIsLoaded() throws {
    let memory = try memoryFixture()
    memory.storeReleasing(0x1234, at: GuestAddress(0x4006))
    memory.storeRelaxed(0x5678_9abc, at: GuestAddress(0x4008))
    GuestMemory.fence()
    #expect(memory.loadAcquiring(at: GuestAddress(0x4006)) == 0x1234)
    #expect(memory.load(UInt32.self, at: GuestAddress(0x4008)) == 0x5678_9abc)
    #expect(memory.loadRelaxed(at: GuestAddress(0x4000)) == 0x1234_0000_0000_0000)
    #expect(memory.loadRelaxed(at: GuestAddress(0x4008)) == 0x5678_9abc)
  }

  @Test func lastBytesAreReached() throws {
    let memory = try memoryFixture()
    memory.storeRelaxed(.max, at: GuestAddress(0x1f_fffc))
    memory.storeReleasing(1, at: GuestAddress(0x1f_fffe))
    #expect(memory.loadAcquiring(at: GuestAddress(0x1f_fffe)) == 1)
    #expect(memory.loadRelaxed(at: GuestAddress(0x1f_fff8)) == 0x0001_ffff_0000_0000)
  }

  @Test(arguments: [0x4001, 0x20_0000, .max - 1] as [UInt64])
  func addressThatIsNoneIsOurBug(address: UInt64) async {
    await #expect(processExitsWith: .failure) { [address] in
      _ = try memoryFixture().loadAcquiring(at: GuestAddress(address))
    }
    await #expect(processExitsWith: .failure) { [address] in
      try memoryFixture().storeReleasing(1, at: GuestAddress(address))
    }
  }

  @Test(arguments: [0x4004, 0x4001, 0x1f_fffc, 0x20_0000, .max - 7] as [UInt64])
  func addressOf64BitsThatIsNoneIsOurBug(address: UInt64) async {
    await #expect(processExitsWith: .failure) { [address] in
      _ = try memoryFixture().loadRelaxed(at: GuestAddress(address))
    }
  }

  @Test(arguments: [0x4002, 0x1f_fffe, 0x20_0000, .max - 3] as [UInt64])
  func addressOf32BitsThatIsNoneIsOurBug(address: UInt64) async {
    await #expect(processExitsWith: .failure) { [address] in
      try memoryFixture().storeRelaxed(1, at: GuestAddress(address))
    }
  }
}
