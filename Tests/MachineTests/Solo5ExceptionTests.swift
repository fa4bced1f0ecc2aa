// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import Tender
import Testing

/// Exceptions of Solo5 guests: they reach the guest's own handlers as at CPL 0, and it can go on.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct Solo5ExceptionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var kind: String
    var vector: UInt64
    var error: UInt64
    /// CR2, for a page fault whose address is not RIP.
    var address: UInt64?

    init(_ kind: String, _ vector: UInt64, error: UInt64 = 0, address: UInt64? = nil) {
      self.kind = kind
      self.vector = vector
      self.error = error
      self.address = address
    }

    var testDescription: String { kind }

    var hasErrorCode: Bool { [8, 10, 11, 12, 13, 14, 17].contains(vector) }
  }

  /// What the guest's handler found, checked against what the guest said before.
  @discardableResult
  private func expectTrap(_ test: Case, _ level: PrivilegeLevel) async throws -> Fields {
    let run = try await runSolo5("cpu", test.kind, level)
    try #require(run.outcome == .exited(status: 255, cookie: nil), "\(run.text)\(run.outcome)")
    #expect(run.lines.count == 2, "\(run.text)")
    let (expected, trap) = (try run.line("expect"), try run.line("trap"))
    #expect(try trap.number("vector") == test.vector)
    #expect(try trap.number("error") == test.error)
    #expect(trap["rip"] == expected["rip"])
    #expect(trap["cs"] == "0x8")
    #expect(trap["ss"] == "0x18")
    // Bit 1 is always set; no interrupts, no IOPL.
    #expect(try trap.number("rflags") & 0x7202 == 2)
    if test.vector == 14 {
      #expect(try trap.number("cr2") == test.address ?? trap.number("rip"))
    }
    return trap
  }

  private func expectTrapOnItsStack(_ test: Case, _ level: PrivilegeLevel) async throws {
    let trap = try await expectTrap(test, level)
    #expect(trap["handler_rsp"] == (test.hasErrorCode ? "ist2-48" : "ist2-40"))
  }

  static let faults = [
    Case("null-read", 14, address: 8), Case("null-write", 14, error: 2, address: 8),
    Case("null-exec", 14, error: 0x10),
    Case("exec-rodata", 14, error: 0x11), Case("exec-data", 14, error: 0x11),
    Case("exec-bss", 14, error: 0x11), Case("exec-heap", 14, error: 0x11),
    Case("exec-stack", 14, error: 0x11),
    Case("pf-read", 14, address: smallMemory), Case("pf-write", 14, error: 2, address: smallMemory),
    Case("pf-exec", 14, error: 0x10),
    Case("de", 0), Case("de-overflow", 0), Case("ud", 6), Case("single-step", 1),
    Case("gp", 13), Case("gp-selector", 13, error: 0x1230),
  ]

  @Test(arguments: faults, PrivilegeLevel.allCases)
  func exceptionReachesTheHandler(_ test: Case, level: PrivilegeLevel) async throws {
    try await expectTrapOnItsStack(test, level)
  }

  @Test(arguments: ["write-text", "write-rodata"], PrivilegeLevel.allCases)
  func programCannotBeWritten(kind: String, level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", kind, level)
    #expect(run.status == 255)
    let trap = try run.line("trap")
    #expect(try trap.number("vector") == 14)
    #expect(try trap.number("error") == 3)
    #expect(try (0x10_0000..<0x20_0000).contains(trap.number("cr2")))
  }

  /// Those that the emulation of CPL 0 on some KVM backends does not know.
  @Test(
    arguments: [
      Case("bp", 3), Case("int-n", 33), Case("mf", 16), Case("gp-misaligned", 13),
      Case("gp-null-code", 13),
    ], Host.fullLevels)
  func rarerExceptionReachesTheHandler(_ test: Case, level: PrivilegeLevel) async throws {
    try await expectTrapOnItsStack(test, level)
  }

  @Test(
    .enabled(if: Host.hasRealProcessor),
    arguments: [
      Case("xm", 19), Case("ss", 12), Case("ss-push", 12), Case("gp-msr", 13),
      Case("int-80", 13, error: 0x402), Case("int-n-no-gate", 13, error: 0x10a),
    ], Host.fullLevels)
  func exceptionOfARealProcessorReachesTheHandler(
    _ test: Case, level: PrivilegeLevel
  ) async throws {
    try await expectTrapOnItsStack(test, level)
  }

  /// A KVM without hardware virtualization leaves RIP on int1, not behind it.
  @Test(.enabled(if: Host.hasRealProcessor), arguments: Host.fullLevels)
  func int1IsADebugException(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", "db", level)
    let (expected, trap) = (try run.line("expect"), try run.line("trap"))
    #expect(try trap.number("vector") == 1)
    let next = try expected.number("rip")
    #expect(
      try (Host.emulatesKernelLevel ? next - 1...next : next...next)
        .contains(trap.number("rip")))
  }

  /// The frame has the stack pointer of the interrupted code, also where the handler's is its own.
  @Test(
    arguments: [("null-write", true), ("ud", true), ("int-n-same-stack", false)], Host.fullLevels)
  func frameHasTheStackPointer(_ kind: (String, Bool), level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", kind.0, level)
    let (expected, trap) = (try run.line("expect"), try run.line("trap"))
    #expect(trap["rsp"] == expected["rsp"])
    if !kind.1 {
      #expect(try trap.number("handler_rsp") == (trap.number("rsp") & ~15) - 40)
    }
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func faultOfTheTrapStackIsADoubleFault(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", "df", level)
    #expect(run.status == 255)
    let trap = try run.line("trap")
    #expect(try trap.number("vector") == 8)
    #expect(try trap.number("error") == 0)
    #expect(trap["handler_rsp"] == "ist3-48")
  }

  /// The error code names the gate; QEMU's own is another number.
  @Test(arguments: Host.fullLevels)
  func gateThatIsNotPresentIsAnException(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", "not-present", level)
    #expect(run.status == 255, "\(run.text)\(run.outcome)")
    let trap = try run.line("trap")
    #expect(try trap.number("vector") == 11)
    #expect(trap["handler_rsp"] == "ist2-48")
    if level == .deprivileged { #expect(try trap.number("error") == 6 << 3 | 3) }
  }

  /// Exceptions that no handler of the guest's can get end it, with the tender's report.
  @Test(
    arguments: ["early", "no-handler", "unmapped-idt", "bad-idt", "triple"],
    PrivilegeLevel.allCases)
  func exceptionWithoutAHandlerEndsTheGuest(kind: String, level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", kind, level)
    #expect(!run.text.contains("trap"), "\(run.text)")
    switch level {
    case .privileged: #expect(run.fault != nil, "\(run.outcome)")
    case .deprivileged:
      let exception = try #require(run.exception, "\(run.outcome)")
      #expect(exception.vector == (kind == "triple" ? 14 : 6))
      if kind != "triple" { #expect(exception.description == "trap instruction (ud2)") }
      let registers = try #require(run.fault?.registers)
      if kind != "early" {
        #expect(try registers.instructionPointer == run.line("expect").number("rip"))
      }
      #expect(run.fault?.backtrace.first == GuestAddress(registers.instructionPointer))
    }
  }

  @Test(
    arguments: ["resume-ud", "resume-pf", "resume-elsewhere", "resume-step", "cr2"],
    PrivilegeLevel.allCases)
  func guestGoesOnAfterATrap(kind: String, level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", kind, level)
    #expect(run.outcome == .exited(status: 0, cookie: nil), "\(run.text)")
    #expect(run.text == "\(kind) ok\n")
  }

  @Test(arguments: Host.fullLevels)
  func guestGoesOnAfterABreakpoint(level: PrivilegeLevel) async throws {
    #expect(try await runSolo5("cpu", "resume-bp", level).text == "resume-bp ok\n")
  }

  /// Nothing but an instruction's results changes: the other registers and the flags stay.
  @Test(arguments: Host.fullLevels)
  func trapsKeepTheRegisters(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", "registers", level)
    #expect(run.status == 0, "\(run.text)\(run.outcome)")
    #expect(run.lines.last == "registers ok", "\(run.text)")
  }

  /// The second trap is on the same stack, from its top.
  @Test(arguments: Host.fullLevels)
  func handlerMayTrapItself(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", "nested", level)
    #expect(run.status == 255)
    let trap = try run.line("trap")
    #expect(try trap.number("vector") == 6)
    #expect(trap["handler_rsp"] == "ist2-40")
  }
}
