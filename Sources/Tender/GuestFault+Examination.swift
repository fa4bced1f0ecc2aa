// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import GuestMemory
internal import KVM
internal import PrivilegedInstructions
internal import SystemCalls

extension GuestFault {
  /// The most return addresses that a backtrace holds.
  private static let backtraceLimit = 64

  /// Fills in what the stopped vCPU and the memory tell. The guest is not to be trusted: whatever
  /// cannot be read is left out.
  mutating func examine(
    _ vcpu: borrowing VCPU, _ memory: borrowing GuestMemory, _ map: MemoryMap
  ) {
    do throws(SystemCallError) { try vcpu.synchronize() } catch { return }
    let state = vcpu.synchronizedRegisters
    var registers = Registers(state)
    if TrapStub.addresses.contains(state.rip), let frame = memory.trapFrame {
      registers.instructionPointer = frame.instructionPointer
      registers.flags = frame.flags
      registers.general[6] = frame.stackPointer
      if case .exception(let exception) = cause {
        cause = .exception(memory.examined(exception, frame, vcpu, map))
      }
    }
    self.registers = registers
    backtrace = memory.backtrace(
      from: GuestAddress(registers.instructionPointer),
      framePointer: GuestAddress(registers.framePointer), limit: Self.backtraceLimit)
  }
}

extension GuestFault.Registers {
  init(_ registers: kvm_regs) {
    general = [
      registers.rax, registers.rbx, registers.rcx, registers.rdx, registers.rsi, registers.rdi,
      registers.rsp, registers.rbp, registers.r8, registers.r9, registers.r10, registers.r11,
      registers.r12, registers.r13, registers.r14, registers.r15,
    ]
    instructionPointer = registers.rip
    flags = registers.rflags
  }
}

extension MemoryMap {
  func place(of address: GuestAddress) -> ProcessorException.Place {
    if address.rawValue < MemoryRegion.pageSize { return .nullPage }
    if let region = regions.region(at: address) { return .region(region.use) }
    if address.rawValue < Self.tenderEnd { return .region(.tender) }
    if guardPage.contains(address.rawValue) { return .guardPage }
    return address.rawValue < memorySize ? .unmapped : .outsideMemory
  }
}

extension GuestMemory {
  /// `exception` with what its trap frame and the memory tell about it.
  fileprivate func examined(
    _ exception: ProcessorException, _ frame: TrapFrame, _ vcpu: borrowing VCPU, _ map: MemoryMap
  ) -> ProcessorException {
    var exception = exception
    exception.errorCode = frame.errorCode
    exception.instruction = instruction(
      at: GuestAddress(frame.instructionPointer), limit: UInt64(PrivilegedInstruction.lengthLimit))
    if exception.vector == Vector.pageFault {
      let address = GuestAddress(vcpu.synchronizedSpecialRegisters.cr2)
      exception.address = address
      exception.place = map.place(of: address)
    }
    return exception
  }

  /// What the last exception left on the trap stack.
  var trapFrame: TrapFrame? {
    withTenderAccess(
      at: GuestAddress(TrapFrame.address), count: UInt64(MemoryLayout<TrapFrame>.size)
    ) { bytes in
      // SAFETY: the frame consists of integers, for which any bytes are valid.
      unsafe bytes.unsafeLoadUnaligned(as: TrapFrame.self)
    }
  }

  /// Up to `limit` bytes of code at `address`.
  func instruction(at address: GuestAddress, limit: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    while UInt64(bytes.count) < limit,
      let byte = load(UInt8.self, at: GuestAddress(address.rawValue &+ UInt64(bytes.count)))
    {
      bytes.append(byte)
    }
    return bytes
  }

  /// The call chain by frame pointers: each frame holds its caller's and the return address, and a
  /// caller's lies higher up.
  func backtrace(
    from instruction: GuestAddress, framePointer: GuestAddress, limit: Int
  ) -> [GuestAddress] {
    var addresses = [instruction]
    var frame = framePointer.rawValue
    while addresses.count < limit, frame != 0, frame % 8 == 0,
      let caller = load(UInt64.self, at: GuestAddress(frame)),
      let returnAddress = load(UInt64.self, at: GuestAddress(frame &+ 8)), returnAddress != 0
    {
      addresses.append(GuestAddress(returnAddress))
      guard caller > frame else { break }
      frame = caller
    }
    return addresses
  }
}
