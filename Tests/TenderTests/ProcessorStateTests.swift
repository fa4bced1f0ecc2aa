// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import KVM
import Testing

@testable import Tender

@Suite struct ProcessorStateTests {
  @Test(arguments: IntelEntryChecks.all)
  func initialStatePassesTheChecksOfVMX(check: StateCheck) {
    #expect(check.holds(.initial()))
  }

  @Test(arguments: AMDEntryChecks.all)
  func initialStatePassesTheChecksOfSVM(check: StateCheck) {
    #expect(check.holds(.initial()))
  }

  @Test(arguments: IntelEntryChecks.all + AMDEntryChecks.all)
  func everyCheckCanFail(check: StateCheck) {
    var state = EntryState.initial()
    check.violate(&state)
    #expect(!check.holds(state))
  }

  @Test func everyCheckHasANameOfItsOwn() {
    for checks in [IntelEntryChecks.all, AMDEntryChecks.all] {
      #expect(Set(checks.map(\.name)).count == checks.count)
    }
  }

  @Test func stateOfThisHostPassesAllChecks() throws {
    let vcpu = try openKVM().makeVirtualMachine().makeVCPU()
    let features = ProcessorFeatures()
    let state = EntryState.initial(
      reset: try vcpu.specialRegisters(), taskStateType: features.taskStateType)
    for check in IntelEntryChecks.all + AMDEntryChecks.all {
      // A TSS that is not busy is QEMU's, whose emulation of SVM wants it so.
      if features.taskStateType == 9, check.name.contains("busy") { continue }
      #expect(check.holds(state), "\(check.name)")
    }
  }

  @Test func thisHostTakesTheState() throws {
    let vcpu = try openKVM().makeVirtualMachine().makeVCPU()
    let features = ProcessorFeatures()
    let state = EntryState.initial(
      reset: try vcpu.specialRegisters(), taskStateType: features.taskStateType)
    try vcpu.setCPUID(features.entries)
    try vcpu.setSpecialRegisters(state.special)
    try vcpu.setXCR0(ProcessorState.xcr0)
    try vcpu.setRegisters(state.general)
    let (special, general) = (try vcpu.specialRegisters(), try vcpu.registers())
    #expect(special.cr0 == state.special.cr0)
    #expect(special.cr3 == state.special.cr3)
    #expect(special.cr4 == state.special.cr4)
    #expect(special.efer == state.special.efer)
    #expect(special.cs.selector == DescriptorTables.userCode && special.cs.dpl == 3)
    #expect(special.tr.base == MemoryMap.taskState)
    #expect(general.rip == 0x10_0010 && general.rsp == 0x1f_ffb8 && general.rflags == 2)
  }

  // MARK: - The entry state of the specification (hvt-abi/SPEC.md, 5)

  @Test func guestIsEnteredInUserMode() {
    let state = EntryState.initial().special
    for segment in [state.cs, state.ss, state.ds, state.es, state.fs, state.gs] {
      #expect(segment.dpl == 3 && segment.selector & 3 == 3)
      #expect(segment.base == 0)
      #expect(segment.limit == .max)
    }
    #expect(state.cs.l == 1)
    #expect(state.cs.selector == DescriptorTables.userCode)
    #expect(state.ss.selector == DescriptorTables.userData)
  }

  @Test func controlRegistersHaveTheirBits() {
    let state = EntryState.initial().special
    // PE, MP, ET, NE, WP, PG; so EM, TS, AM, CD and NW are clear.
    #expect(state.cr0 == 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 16 | 1 << 31)
    // PAE, OSFXSR, OSXMMEXCPT, FSGSBASE, OSXSAVE; so TSD is clear.
    #expect(state.cr4 == 1 << 5 | 1 << 9 | 1 << 10 | 1 << 16 | 1 << 18)
    // LME, LMA, NXE; so SCE is clear.
    #expect(state.efer == 1 << 8 | 1 << 10 | 1 << 11)
    #expect(state.cr3 == MemoryMap.pageTables)
    #expect(ProcessorState.xcr0 == 7)
  }

  @Test func generalRegistersAreZeroButForThree() {
    let state = EntryState.initial().general
    #expect(state.rip == 0x10_0010)
    #expect(state.rsp == 0x1f_ffb8)
    #expect(state.rdi == MemoryMap.bootInformation)
    #expect(state.rflags == 2)
    let others = [
      state.rax, state.rbx, state.rcx, state.rdx, state.rsi, state.rbp, state.r8, state.r9,
      state.r10, state.r11, state.r12, state.r13, state.r14, state.r15,
    ]
    #expect(others.allSatisfy { $0 == 0 })
  }

  @Test func systemTablesAreTheTenders() {
    let state = EntryState.initial().special
    #expect(state.gdt.base == 0x1000 && UInt64(state.gdt.limit) == DescriptorTables.gdtSize - 1)
    #expect(state.idt.base == 0x1100 && UInt64(state.idt.limit) == DescriptorTables.idtSize - 1)
    #expect(state.tr.base == 0x2000 && UInt64(state.tr.limit) == DescriptorTables.taskStateLimit)
    #expect(state.tr.selector == DescriptorTables.taskState)
    #expect(state.ldt.unusable == 1)
  }

  @Test(arguments: [9, 11] as [UInt8])
  func taskStateHasTheTypeThatTheHostWants(type: UInt8) {
    #expect(EntryState.initial(taskStateType: type).special.tr.type == type)
  }
}
