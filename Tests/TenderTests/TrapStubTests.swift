// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import KVM
import Testing

@testable import Tender

@Suite struct TrapStubTests {
  /// The vectors for which the processor pushes an error code (SDM vol. 3, table 6-1; APM vol. 2,
  /// section 8.2, for 29 and 30).
  private static let withErrorCode: Set = [8, 10, 11, 12, 13, 14, 17, 21, 29, 30]

  @Test func everyVectorHasAStub() {
    #expect(TrapStub.all().count == 32 * TrapStub.size)
  }

  @Test(arguments: 0..<32)
  func stubCompletesTheFrameAndReportsItsVector(vector: Int) {
    let start = vector * TrapStub.size
    var code = TrapStub.all()[start..<start + TrapStub.size]
    if !Self.withErrorCode.contains(vector) {
      #expect(code.prefix(2) == [0x6a, 0x00], "push 0")
      code = code.dropFirst(2)
    }
    #expect(code.prefix(2) == [0xe7, 0x80 + UInt8(vector)], "out port, eax")
    code = code.dropFirst(2)
    #expect(code.prefix(6) == [0x48, 0x83, 0xc4, 0x08, 0x48, 0xcf], "add rsp, 8; iretq")
    #expect(code.dropFirst(6).allSatisfy { $0 == 0xcc }, "int3")
  }

  @Test(arguments: 0..<32)
  func reportIsReadAsTheVectorsException(vector: Int) {
    let port = TrapStub.firstPort + UInt16(vector)
    let exit = VCPUExit.portWrite(port: port, size: 4, count: 1, value: 0)
    #expect(TrapStub.vector(reportedBy: exit) == vector)
    let narrow = VCPUExit.portWrite(port: port, size: 1, count: 1, value: 0)
    #expect(TrapStub.vector(reportedBy: narrow) == nil)
  }

  @Test(arguments: [0, 0x7f, 0xa0, 0x500, 0x509, .max] as [UInt16])
  func otherPortsReportNothing(port: UInt16) {
    let exit = VCPUExit.portWrite(port: port, size: 4, count: 1, value: 0)
    #expect(TrapStub.vector(reportedBy: exit) == nil)
  }

  @Test func frameIsAtTheTopOfTheTrapStack() {
    #expect(MemoryLayout<TrapFrame>.size == 48)
    #expect(TrapFrame.address == MemoryMap.trapStackEnd - 48)
    #expect(MemoryLayout<TrapFrame>.offset(of: \.errorCode) == 0)
    #expect(MemoryLayout<TrapFrame>.offset(of: \.instructionPointer) == 8)
    #expect(MemoryLayout<TrapFrame>.offset(of: \.codeSegment) == 16)
    #expect(MemoryLayout<TrapFrame>.offset(of: \.flags) == 24)
    #expect(MemoryLayout<TrapFrame>.offset(of: \.stackPointer) == 32)
    #expect(MemoryLayout<TrapFrame>.offset(of: \.stackSegment) == 40)
  }
}
