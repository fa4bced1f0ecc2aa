// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import SystemCalls
import Testing

@testable import KVM

/// These create machines, but nothing runs in them.
@Suite struct VCPUTests {
  @Test func registersAreKept() throws {
    let vcpu = try openKVM().makeVirtualMachine().makeVCPU()
    var registers = try vcpu.registers()
    registers.rax = 0x0123_4567_89ab_cdef
    registers.r15 = 15
    registers.rip = 0x10_0000
    try vcpu.setRegisters(registers)
    let kept = try vcpu.registers()
    #expect(kept.rax == 0x0123_4567_89ab_cdef)
    #expect(kept.r15 == 15)
    #expect(kept.rip == 0x10_0000)
  }

  @Test func specialRegistersAreKept() throws {
    let vcpu = try openKVM().makeVirtualMachine().makeVCPU()
    var registers = try vcpu.specialRegisters()
    #expect(registers.cr0 & 1 == 0, "a processor starts in real mode")
    registers.gdt.base = 0x1000
    registers.gdt.limit = 0x37
    try vcpu.setSpecialRegisters(registers)
    let kept = try vcpu.specialRegisters()
    #expect(kept.gdt.base == 0x1000)
    #expect(kept.gdt.limit == 0x37)
  }

  /// Without a run: KVM_RUN stores what the guest would begin with, and takes what it is given.
  @Test func registersAreSynchronizedByARunAlone() throws {
    let machine = try openKVM().makeVirtualMachine()
    let vcpu = try machine.makeVCPU()
    var general = try vcpu.registers()
    general.rbx = 0x1122_3344_5566_7788
    try vcpu.setRegisters(general)
    try vcpu.synchronize()
    general = vcpu.synchronizedRegisters
    #expect(general.rbx == 0x1122_3344_5566_7788)
    var special = vcpu.synchronizedSpecialRegisters
    #expect(special.cs.base == (try vcpu.specialRegisters().cs.base))
    general.rbx = 5
    special.fs.base = 0x7000
    vcpu.resume(with: general)
    vcpu.resume(with: special)
    try vcpu.synchronize()
    #expect(try vcpu.registers().rbx == 5)
    #expect(try vcpu.specialRegisters().fs.base == 0x7000)
  }

  @Test func splitChipComesBeforeTheProcessor() throws {
    let machine = try openKVM().makeVirtualMachine()
    try machine.enableSplitIRQChip()
    _ = try machine.makeVCPU()
    let late = try openKVM().makeVirtualMachine()
    _ = try late.makeVCPU()
    let error = #expect(throws: SystemCallError.self) { try late.enableSplitIRQChip() }
    #expect(error?.call.description == "KVM_ENABLE_CAP")
  }

  @Test func timeStampCounterHasAFrequency() throws {
    let frequency = try openKVM().makeVirtualMachine().makeVCPU().tscFrequency()
    #expect((100_000_000...20_000_000_000).contains(frequency))
  }

  @Test func memoryMustBeMapped() throws {
    let machine = try openKVM().makeVirtualMachine()
    let error = #expect(throws: SystemCallError.self) {
      try machine.setMemory(hostAddress: 1, byteCount: 4096)
    }
    #expect(error?.description == "/dev/kvm: KVM_SET_USER_MEMORY_REGION: Invalid argument")
  }

  @Test func featuresWithoutTheirStateAreRefused() throws {
    let vcpu = try openKVM().makeVirtualMachine().makeVCPU()
    let error = #expect(throws: SystemCallError.self) { try vcpu.setXCR0(0) }
    #expect(error?.call.description == "KVM_SET_XCRS")
  }
}
