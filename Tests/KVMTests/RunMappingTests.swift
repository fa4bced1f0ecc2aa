// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import SystemCalls
import Testing

@testable import KVM

@Suite struct RunMappingTests {
  @Test func partsAreWhereTheKernelPutsThem() {
    #expect(MemoryLayout<kvm_run>.offset(of: \.exit_reason) == RunFixture.Offset.exitReason)
    #expect(MemoryLayout<kvm_run>.size <= RunFixture.byteCount)
  }

  @Test(arguments: [0, 1, 0x0102_0304, .max] as [UInt32])
  func wordThatWasWrittenIsTheValue(value: UInt32) throws {
    let fixture = RunFixture.io(isWrite: true, size: 4, port: 0x502, data: value)
    #expect(try fixture.exit() == .portWrite(port: 0x502, size: 4, count: 1, value: value))
  }

  @Test(arguments: [(1, 1), (2, 1), (4, 2), (4, 0), (1, 4096)] as [(UInt8, UInt32)])
  func otherWritesHaveNoValue(size: UInt8, count: UInt32) throws {
    let fixture = RunFixture.io(isWrite: true, size: size, port: 0xffff, count: count, data: 7)
    #expect(
      try fixture.exit()
        == .portWrite(port: 0xffff, size: Int(size), count: Int(count), value: 0))
  }

  @Test func lastWordOfTheMappingIsInside() throws {
    let offset = UInt64(RunFixture.byteCount - 4)
    let fixture = RunFixture.io(isWrite: true, size: 4, port: 1, data: 9, dataOffset: offset)
    #expect(try fixture.exit() == .portWrite(port: 1, size: 4, count: 1, value: 9))
  }

  @Test(arguments: [UInt64(RunFixture.byteCount - 3), .max])
  func dataOutsideTheMappingIsTheKernelsBug(offset: UInt64) async {
    await #expect(processExitsWith: .failure) { [offset] in
      _ = try RunFixture.io(isWrite: true, size: 4, port: 1, dataOffset: offset).exit()
    }
  }

  @Test(arguments: [1, 2, 4] as [UInt8])
  func readIsOfItsPort(size: UInt8) throws {
    let fixture = RunFixture.io(isWrite: false, size: size, port: 0x60, count: 3)
    #expect(try fixture.exit() == .portRead(port: 0x60, size: Int(size), count: 3))
  }

  @Test(arguments: [false, true])
  func accessOutsideMemoryHasItsAddress(isWrite: Bool) throws {
    var fixture = RunFixture(reason: 6)
    fixture.put(UInt64(0x1_2345_6789), at: 32)
    fixture.put(UInt32(8), at: 48)
    fixture.put(UInt8(isWrite ? 1 : 0), at: 52)
    #expect(try fixture.exit() == .memoryAccess(address: 0x1_2345_6789, isWrite: isWrite))
  }

  @Test func refusedEntryHasItsReason() throws {
    var fixture = RunFixture(reason: 9)
    fixture.put(UInt64(0x8000_0021), at: 32)
    #expect(try fixture.exit() == .entryFailed(reason: 0x8000_0021))
  }

  @Test func internalErrorHasItsNumber() throws {
    var fixture = RunFixture(reason: 17)
    fixture.put(UInt32(1), at: 32)
    #expect(try fixture.exit() == .internalError(suberror: 1))
  }

  @Test(
    arguments: [
      (5, .halted), (8, .shutdown), (10, .interrupted), (0, .other(reason: 0)),
      (7, .other(reason: 7)), (37, .other(reason: 37)), (.max, .other(reason: .max)),
    ] as [(UInt32, VCPUExit)])
  func otherReasonsHaveNoDetails(reason: UInt32, exit: VCPUExit) throws {
    #expect(try RunFixture(reason: reason).exit() == exit)
  }

  @Test func fileThatCannotBeMappedIsTold() {
    let error = #expect(throws: SystemCallError.self) {
      _ = try RunMapping(of: Descriptor(owning: 1 << 30), byteCount: RunFixture.byteCount)
    }
    #expect(error?.description == "vCPU: mmap: Bad file descriptor")
  }
}
