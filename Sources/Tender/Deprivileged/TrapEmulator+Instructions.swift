// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import GuestMemory
internal import KVM
internal import PrivilegedInstructions
internal import SystemCalls

extension TrapEmulator {
  // Numbers of MSRs (SDM vol. 4, table 2-2).
  private static let fsBase: UInt32 = 0xc000_0100
  private static let gsBase: UInt32 = 0xc000_0101

  private static let faultAddressRegister = 2

  /// Carries out `instruction` and moves the guest behind it.
  mutating func emulate(
    _ instruction: PrivilegedInstruction, _ guest: inout TrappedGuest, _ vcpu: borrowing VCPU,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    let next = guest.frame.instructionPointer &+ UInt64(instruction.length)
    switch instruction.operation {
    case .loadGlobalTable(let operand):
      registers.descriptorTable = try tableRegister(at: operand, next, guest, vcpu, memory)
    case .loadInterruptTable(let operand):
      registers.interruptTable = try tableRegister(at: operand, next, guest, vcpu, memory)
    case .loadTaskRegister(let operand):
      try loadTaskRegister(try readSelector(operand, next, guest, vcpu, memory), memory)
    case .loadSegment(let register, let operand):
      let selector = try readSelector(operand, next, guest, vcpu, memory)
      try load(selector, into: register, vcpu, memory)
    case .farReturn(let width, let popped):
      return try farReturn(width, popped, &guest, memory)
    case .interruptReturn(let width):
      return try interruptReturn(width, &guest, memory)
    case .softwareInterrupt(let vector):
      let interrupt = GuestException(vector: Int(vector), isExternal: false)
      return try enterHandler(of: interrupt, returningTo: next, &guest, memory)
    case .clearInterrupts: registers.interruptsEnabled = false
    case .setInterrupts: registers.interruptsEnabled = true
    case .halt: throw .halted
    case .writeMSR: try writeMSR(guest, vcpu)
    case .readMSR: try readMSR(&guest, vcpu)
    case .readControlRegister(Self.faultAddressRegister, let register):
      guest[register] = registers.faultAddress
    case .readControlRegister, .other: throw .unsupported
    }
    guest.advance(to: next)
  }

  // MARK: - Operands

  private func effectiveAddress(
    of operand: MemoryOperand, _ next: UInt64, _ guest: TrappedGuest, _ vcpu: borrowing VCPU
  ) -> UInt64 {
    let offset = operand.address(nextInstruction: next) { guest[$0] }
    guard let segment = operand.segment else { return offset }
    let special = vcpu.synchronizedSpecialRegisters
    return offset &+ (segment == .fs ? special.fs.base : special.gs.base)
  }

  /// The limit and the base that `lgdt` and `lidt` load (SDM vol. 2, "LGDT/LIDT").
  private func tableRegister(
    at operand: MemoryOperand, _ next: UInt64, _ guest: TrappedGuest, _ vcpu: borrowing VCPU,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> TableRegister {
    let address = effectiveAddress(of: operand, next, guest, vcpu)
    let limit = try load(UInt16.self, at: address, memory)
    let base = try load(UInt64.self, at: address &+ 2, memory)
    guard base.isCanonical else { throw .exception(.generalProtection()) }
    return TableRegister(base: base, limit: UInt64(limit))
  }

  private func readSelector(
    _ operand: SelectorOperand, _ next: UInt64, _ guest: TrappedGuest, _ vcpu: borrowing VCPU,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> UInt16 {
    switch operand {
    case .register(let register): UInt16(truncatingIfNeeded: guest[register])
    case .memory(let operand):
      try load(UInt16.self, at: effectiveAddress(of: operand, next, guest, vcpu), memory)
    }
  }

  // MARK: - Segments and returns

  private mutating func load(
    _ selector: UInt16, into register: SegmentRegister, _ vcpu: borrowing VCPU,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    switch register {
    case .ss:
      try checkStackSegment(selector, memory)
      registers.stackSegment = selector
    case .ds, .es: _ = try checkDataSegment(selector, memory)
    case .fs: setBase(Self.fsBase, try checkDataSegment(selector, memory), vcpu)
    case .gs: setBase(Self.gsBase, try checkDataSegment(selector, memory), vcpu)
    }
  }

  /// The item of `width` bytes that is `index` items above the stack pointer.
  private func stackItem(
    _ index: UInt64, _ width: Int, _ guest: TrappedGuest, _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> UInt64 {
    let address = guest.frame.stackPointer &+ index * UInt64(width)
    return switch width {
    case 2: UInt64(try load(UInt16.self, at: address, onStack: true, memory))
    case 4: UInt64(try load(UInt32.self, at: address, onStack: true, memory))
    default: try load(UInt64.self, at: address, onStack: true, memory)
    }
  }

  private mutating func farReturn(
    _ width: Int, _ popped: UInt16, _ guest: inout TrappedGuest, _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    let target = try stackItem(0, width, guest, memory)
    let selector = UInt16(truncatingIfNeeded: try stackItem(1, width, guest, memory))
    try checkReturn(to: selector, memory)
    guard target.isCanonical else { throw .exception(.generalProtection()) }
    registers.codeSegment = selector
    guest.advance(to: target)
    guest.frame.stackPointer &+= 2 * UInt64(width) + UInt64(popped)
  }

  private mutating func interruptReturn(
    _ width: Int, _ guest: inout TrappedGuest, _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    guard width == 8 else { throw .unsupported }
    // That would be a return to another task, which 64-bit mode does not have.
    if guest.frame.flags & Flag.nestedTask != 0 { throw .exception(.generalProtection()) }
    let target = try stackItem(0, width, guest, memory)
    let code = UInt16(truncatingIfNeeded: try stackItem(1, width, guest, memory))
    let flags = try stackItem(2, width, guest, memory)
    let stackPointer = try stackItem(3, width, guest, memory)
    let stack = UInt16(truncatingIfNeeded: try stackItem(4, width, guest, memory))
    try checkReturn(to: code, memory)
    try checkStackSegment(stack, memory)
    guard target.isCanonical else { throw .exception(.generalProtection()) }
    registers.codeSegment = code
    registers.stackSegment = stack
    registers.interruptsEnabled = flags & Flag.interrupt != 0
    guest.frame.instructionPointer = target
    guest.frame.flags = flags & Flag.changeable | Flag.alwaysSet
    guest.frame.stackPointer = stackPointer
  }

  // MARK: - Model-specific registers

  private func writeMSR(
    _ guest: TrappedGuest, _ vcpu: borrowing VCPU
  ) throws(EmulationError) {
    let index = UInt32(truncatingIfNeeded: guest[TrappedGuest.rcx])
    guard index == Self.fsBase || index == Self.gsBase else { throw .unsupported }
    let value = guest[TrappedGuest.rdx] << 32 | guest[TrappedGuest.rax] & 0xffff_ffff
    guard value.isCanonical else { throw .exception(.generalProtection()) }
    setBase(index, value, vcpu)
  }

  private func setBase(_ index: UInt32, _ value: UInt64, _ vcpu: borrowing VCPU) {
    var special = vcpu.synchronizedSpecialRegisters
    // KVM tells of a busy task state always, which not every processor wants to be given.
    special.tr.type = taskStateType
    if index == Self.fsBase { special.fs.base = value } else { special.gs.base = value }
    vcpu.resume(with: special)
  }

  private func readMSR(
    _ guest: inout TrappedGuest, _ vcpu: borrowing VCPU
  ) throws(EmulationError) {
    let index = UInt32(truncatingIfNeeded: guest[TrappedGuest.rcx])
    guard index == Self.fsBase || index == Self.gsBase else { throw .unsupported }
    let special = vcpu.synchronizedSpecialRegisters
    let value = index == Self.fsBase ? special.fs.base : special.gs.base
    guest[TrappedGuest.rax] = value & 0xffff_ffff
    guest[TrappedGuest.rdx] = value >> 32
  }
}
