// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Testing

@testable import Tender

@Suite struct FaultExaminationTests {
  private static let stack: UInt64 = 0xff_f000

  /// A chain of frames at `addresses`, each with the return address 0x100100 more than the last.
  private static func memory(frames addresses: [UInt64]) throws -> GuestMemory {
    let memory = try memoryFixture()
    for (index, frame) in addresses.enumerated() {
      let caller = index + 1 < addresses.count ? addresses[index + 1] : 0
      memory.store(caller, at: GuestAddress(frame))
      memory.store(0x10_0100 * UInt64(index + 1), at: GuestAddress(frame + 8))
    }
    return memory
  }

  private static func backtrace(
    _ memory: borrowing GuestMemory, frame: UInt64 = stack, limit: Int = 64
  ) -> [UInt64] {
    memory.backtrace(
      from: GuestAddress(0x10_0010), framePointer: GuestAddress(frame), limit: limit
    ).map(\.rawValue)
  }

  @Test func callersAreFollowedUpToTheChainsEnd() throws {
    let memory = try Self.memory(frames: [Self.stack, Self.stack + 16, Self.stack + 64])
    #expect(Self.backtrace(memory) == [0x10_0010, 0x10_0100, 0x20_0200, 0x30_0300])
  }

  @Test func endlessChainEndsAtTheLimit() throws {
    let memory = try Self.memory(frames: (0..<100).map { Self.stack + $0 * 16 })
    #expect(Self.backtrace(memory).count == 64)
    #expect(Self.backtrace(memory, limit: 1) == [0x10_0010])
  }

  @Test func callersLieHigherUp() throws {
    let memory = try Self.memory(frames: [Self.stack, Self.stack - 16, Self.stack + 64])
    #expect(Self.backtrace(memory) == [0x10_0010, 0x10_0100])
    let cycle = try Self.memory(frames: [Self.stack])
    cycle.store(Self.stack, at: GuestAddress(Self.stack))
    #expect(Self.backtrace(cycle) == [0x10_0010, 0x10_0100])
  }

  @Test(
    arguments: [
      0, 1, stack + 4, 0x1000, 0x4000, 0xfe_fff8, 0x100_0000, 0xff_fff8, .max - 7, .max,
    ] as [UInt64])
  func framePointerThatIsNoneEndsTheChain(frame: UInt64) throws {
    let memory = try Self.memory(frames: [Self.stack])
    #expect(Self.backtrace(memory, frame: frame) == [0x10_0010])
  }

  @Test func returnAddressOfZeroEndsTheChain() throws {
    let memory = try Self.memory(frames: [Self.stack, Self.stack + 16])
    memory.store(UInt64(0), at: GuestAddress(Self.stack + 24))
    #expect(Self.backtrace(memory) == [0x10_0010, 0x10_0100])
  }

  @Test func instructionIsReadAsFarAsTheGuestMay() throws {
    let memory = try memoryFixture()
    memory.put([0x0f, 0x0b], at: 0x10_3ffe)
    memory.put([UInt8](1...15), at: 0x10_0000)
    #expect(memory.instruction(at: GuestAddress(0x10_0000), limit: 15) == [UInt8](1...15))
    #expect(memory.instruction(at: GuestAddress(0xfe_effc), limit: 15).count == 4)
    #expect(memory.instruction(at: GuestAddress(0xff_ffff), limit: 15) == [0])
    #expect(memory.instruction(at: GuestAddress(0x3000), limit: 15) == [])
    #expect(memory.instruction(at: GuestAddress(.max), limit: 15) == [])
  }

  @Test func trapFrameIsReadFromTheTrapStack() throws {
    let memory = try memoryFixture()
    let words: [UInt64] = [14, 0x10_0010, 0x23, 0x202, 0xff_ff00, 0x1b]
    for (index, word) in words.enumerated() {
      memory.store(word, at: GuestAddress(TrapFrame.address + UInt64(index) * 8))
    }
    let found = memory.trapFrame
    let frame = try #require(found)
    #expect(frame.errorCode == 14 && frame.instructionPointer == 0x10_0010)
    #expect(frame.codeSegment == 0x23 && frame.flags == 0x202)
    #expect(frame.stackPointer == 0xff_ff00 && frame.stackSegment == 0x1b)
  }
}
