// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import Testing

@testable import Tender

@Suite struct FaultReportTests {
  private static let image = ImageFixture(symbols: [
    ("_start", 0x10_0000, 0x20), ("$s4main5greetyyF", 0x10_0020, 0x40),
    ("$sNotOne", 0x10_0060, 0x10),
  ])

  private static func fault(
    _ cause: GuestFault.Cause = .shutdown, backtrace: [UInt64] = [],
    registers: GuestFault.Registers? = nil
  ) -> GuestFault {
    var fault = GuestFault(cause)
    fault.backtrace = backtrace.map { GuestAddress($0) }
    fault.registers = registers
    return fault
  }

  private static let registers = GuestFault.Registers(
    general: (1...16).map { $0 << 60 | UInt64($0) }, instructionPointer: 0x10_0010, flags: 0x202)

  @Test func causeStandsFirst() throws {
    let report = FaultReport(Self.fault(), in: try Self.image.image())
    #expect(report.description == "guest fault: triple fault")
  }

  @Test func functionsAreNamedAndSwiftsAreDemangled() throws {
    let fault = Self.fault(backtrace: [0x10_0024, 0x10_0010, 0x10_0068])
    #expect(
      FaultReport(fault, in: try Self.image.image()).description == """
        guest fault: triple fault
          at 0x100024 main.greet() -> () + 4
          by 0x100010 _start + 15
          by 0x100068 $sNotOne + 7
        """)
  }

  /// A call can be a function's last instruction; its return address is in the next function.
  @Test func callersAreNamedByTheirCalls() throws {
    let fault = Self.fault(backtrace: [0x10_0020, 0x10_0020])
    #expect(
      FaultReport(fault, in: try Self.image.image()).description == """
        guest fault: triple fault
          at 0x100020 main.greet() -> () + 0
          by 0x100020 _start + 31
        """)
  }

  @Test(arguments: [(2, "once more"), (3, "2 more times"), (63, "62 more times")])
  func recursionIsToldInOneLine(calls: Int, text: String) throws {
    let backtrace = [0x10_0024] + [UInt64](repeating: 0x10_0030, count: calls) + [0x10_0010]
    #expect(
      FaultReport(Self.fault(backtrace: backtrace), in: try Self.image.image()).description == """
        guest fault: triple fault
          at 0x100024 main.greet() -> () + 4
          by 0x100030 main.greet() -> () + 15
             and \(text)
          by 0x100010 _start + 15
        """)
  }

  @Test func functionsOfCPlusPlusAreDemangled() throws {
    let image = ImageFixture(symbols: [("_ZN5swift4stopEi", 0x10_0000, 0x20)])
    #expect(
      FaultReport(Self.fault(backtrace: [0x10_0001]), in: try image.image()).description
        == "guest fault: triple fault\n  at 0x100001 swift::stop(int) + 1")
  }

  @Test func addressOutsideAllFunctionsHasNoName() throws {
    let fault = Self.fault(backtrace: [0, 0x10_0070, .max])
    #expect(
      FaultReport(fault, in: try Self.image.image()).description == """
        guest fault: triple fault
          at 0x0
          by 0x100070 $sNotOne + 15
          by 0xffffffffffffffff
        """)
  }

  @Test func strippedImageGivesAddresses() throws {
    let fault = Self.fault(backtrace: [0x10_0024])
    #expect(
      FaultReport(fault, in: try ImageFixture().image()).description
        == "guest fault: triple fault\n  at 0x100024")
  }

  @Test func brokenSymbolTableGivesAddresses() throws {
    var bytes = Self.image.bytes
    bytes.put(UInt64.max, at: 40)  // e_shoff
    let image = try Image(bytes: bytes, name: "app.elf")
    #expect(
      FaultReport(Self.fault(backtrace: [0x10_0024]), in: image).description
        == "guest fault: triple fault\n  at 0x100024")
  }

  @Test func swiftTrapIsExplained() throws {
    let exception = ProcessorException(vector: 6, errorCode: 0, instruction: [0x0f, 0x0b])
    #expect(
      FaultReport(Self.fault(.exception(exception)), in: try Self.image.image()).description == """
        guest fault: trap instruction (ud2)
          a failed Swift check ends so: an overflow, an index, nil, or a fatal error
        """)
  }

  @Test func registersAreShownWhereAsked() throws {
    let fault = Self.fault(registers: Self.registers)
    let image = try Self.image.image()
    #expect(FaultReport(fault, in: image).description == "guest fault: triple fault")
    #expect(
      FaultReport(fault, in: image, withRegisters: true).description == """
        guest fault: triple fault
          rax    1000000000000001  rbx    2000000000000002  rcx    3000000000000003
          rdx    4000000000000004  rsi    5000000000000005  rdi    6000000000000006
          rsp    7000000000000007  rbp    8000000000000008  r8     9000000000000009
          r9     a00000000000000a  r10    b00000000000000b  r11    c00000000000000c
          r12    d00000000000000d  r13    e00000000000000e  r14    f00000000000000f
          r15    0000000000000010  rip    0000000000100010  rflags 0000000000000202
        """)
  }

  @Test func registersThatAreNotKnownAreLeftOut() throws {
    let report = FaultReport(Self.fault(), in: try Self.image.image(), withRegisters: true)
    #expect(report.description == "guest fault: triple fault")
  }
}
