// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import GuestMemory
internal import KVM

extension GuestFault {
  /// The most return addresses that a backtrace holds.
  private static let backtraceLimit = 64
  /// The longest x86 instruction.
  private static let instructionLimit: UInt64 = 15

  /// The exception that a trap stub reported by writing to `port`; nil when no stub does.
  init?(trapPort port: UInt16) {
    let last = TrapStub.firstPort + UInt16(DescriptorTables.vectorCount)
    guard (TrapStub.firstPort..<last).contains(port) else { return nil }
    self.init(
      .exception(
        ProcessorException(
          vector: Int(port - TrapStub.firstPort), errorCode: 0, address: nil, place: nil,
          instruction: [])))
  }

  /// Fills in what the stopped vCPU and the memory tell. The guest is not to be trusted: whatever
  /// cannot be read is left out.
  mutating func examine(
    _ vcpu: borrowing VCPU, _ memory: borrowing GuestMemory, _ map: MemoryMap
  ) {
    guard let state = try? vcpu.registers() else { return }
    var registers = Registers(state)
    if case .exception(var exception) = cause, let frame = memory.trapFrame {
      registers.instructionPointer = frame.instructionPointer
      registers.flags = frame.flags
      registers.general[6] = frame.stackPointer
      exception.errorCode = frame.errorCode
      exception.instruction = memory.instruction(
        at: GuestAddress(frame.instructionPointer), limit: Self.instructionLimit)
      if exception.vector == ProcessorException.pageFault,
        let special = try? vcpu.specialRegisters()
      {
        exception.address = GuestAddress(special.cr2)
        exception.place = map.place(of: GuestAddress(special.cr2))
      }
      cause = .exception(exception)
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
