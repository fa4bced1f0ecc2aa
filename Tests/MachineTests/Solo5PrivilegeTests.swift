// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Tender
import Testing

/// Privileged instructions that Solo5 guests have no use for.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct Solo5PrivilegeTests {
  private func run(_ name: String, _ level: PrivilegeLevel) async throws -> Run {
    try await runSolo5("cpu", "privileged \(name)", level)
  }

  /// The machine stays sealed: what would reconfigure it ends the guest, and names itself.
  @Test(arguments: [
    "mov-to-cr0", "mov-to-cr2", "mov-to-cr3", "mov-to-cr4", "mov-to-cr8", "mov-from-cr0",
    "mov-from-cr3", "mov-from-cr4", "mov-to-dr7", "mov-from-dr7", "rdmsr-efer", "wrmsr-efer",
    "wrmsr-lstar", "invlpg", "invd", "wbinvd", "xsetbv", "swapgs", "lldt", "lmsw", "clts",
  ])
  func instructionEndsADeprivilegedGuest(name: String) async throws {
    let run = try await run(name, .deprivileged)
    let exception = try #require(run.exception, "\(run.text)\(run.outcome)")
    #expect(exception.vector == 13)
    #expect(
      exception.description.hasSuffix("is a privileged instruction"), "\(exception.description)")
    let address = try run.line("expect").number("rip")
    #expect(run.fault?.registers?.instructionPointer == address)
  }

  /// An exception at either level: #UD, because system calls are off, or #GP of CPL 3.
  @Test(arguments: PrivilegeLevel.allCases)
  func sysretIsNoWayOut(level: PrivilegeLevel) async throws {
    let run = try await run("sysret", level)
    #expect(run.fault != nil || run.status == 255, "\(run.outcome)")
    #expect(!run.text.contains("survived"))
  }

  /// At CPL 0 they are the guest's own affair.
  @Test(arguments: ["mov-from-cr0", "mov-from-cr3", "mov-from-cr4", "clts"])
  func instructionWorksInAPrivilegedGuest(name: String) async throws {
    let run = try await run(name, .privileged)
    #expect(run.lines.last == "survived", "\(run.text)\(run.outcome)")
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func portIsClosed(level: PrivilegeLevel) async throws {
    let input = try await run("in", level)
    #expect(input.fault != nil, "\(input.outcome)")
    let output = try await run("out", level)
    #expect(output.fault != nil, "\(output.outcome)")
    if level == .privileged {
      #expect(input.fault?.cause == .portRead(port: 0x71, size: 1))
      #expect(output.fault?.cause == .portWrite(port: 0x71, size: 1))
    }
  }
}
