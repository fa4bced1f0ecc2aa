// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension PrivilegedInstruction.Operation {
  /// The instruction with `opcode` in the one-byte map (SDM vol. 2, table A-2).
  init?(_ opcode: UInt8, _ reader: inout InstructionReader) {
    switch opcode {
    case 0x0f: self.init(twoByte: &reader)
    case 0x6c, 0x6d, 0xec, 0xed: self = .other(.input)
    case 0x6e, 0x6f, 0xee, 0xef: self = .other(.output)
    case 0xe4, 0xe5, 0xe6, 0xe7:
      guard reader.next() != nil else { return nil }
      self = .other(opcode < 0xe6 ? .input : .output)
    case 0x8e:
      guard let modRM = reader.modRM(), let segment = SegmentRegister(number: modRM.register),
        let selector = reader.selector(modRM)
      else { return nil }
      self = .loadSegment(segment, selector)
    case 0xca:
      guard let popped = reader.littleEndian(2) else { return nil }
      self = .farReturn(width: reader.operandWidth, popped: UInt16(popped))
    case 0xcb: self = .farReturn(width: reader.operandWidth, popped: 0)
    case 0xcd:
      guard let vector = reader.next() else { return nil }
      self = .softwareInterrupt(vector: vector)
    case 0xcf: self = .interruptReturn(width: reader.operandWidth)
    case 0xf4: self = .halt
    case 0xfa: self = .clearInterrupts
    case 0xfb: self = .setInterrupts
    default: return nil
    }
  }

  /// The instruction that goes on behind 0F (SDM vol. 2, table A-3).
  private init?(twoByte reader: inout InstructionReader) {
    guard let opcode = reader.next() else { return nil }
    switch opcode {
    case 0x00: self.init(group6: &reader)
    case 0x01: self.init(group7: &reader)
    case 0x06: self = .other(.clearTaskSwitched)
    case 0x07: self = .other(.systemReturn)
    case 0x08, 0x09: self = .other(.invalidateCache)
    case 0x20...0x23: self.init(move: opcode, &reader)
    case 0x30: self = .writeMSR
    case 0x32: self = .readMSR
    case 0x33: self = .other(.readCounter)
    case 0x35: self = .other(.systemExit)
    case 0x38: self.init(threeByte: &reader)
    case 0x78, 0x79: self.init(virtualMachineField: &reader)
    case 0xc7: self.init(group9: &reader)
    default: return nil
    }
  }

  /// Moves between general registers and control (0F 20, 0F 22) or debug registers (0F 21, 0F 23).
  /// The operands are registers whatever the mode says.
  private init?(move opcode: UInt8, _ reader: inout InstructionReader) {
    guard let modRM = reader.modRM() else { return nil }
    switch (opcode, modRM.registerNumber) {
    case (0x20, 0), (0x20, 2...4), (0x20, 8):
      self = .readControlRegister(modRM.registerNumber, into: modRM.operandNumber)
    case (0x22, 0), (0x22, 2...4), (0x22, 8): self = .other(.moveControl)
    case (0x21, 0...7), (0x23, 0...7): self = .other(.moveDebug)
    default: return nil
    }
  }

  /// VMREAD and VMWRITE, 0F 78 and 0F 79. With a prefix these are instructions of SSE4a.
  private init?(virtualMachineField reader: inout InstructionReader) {
    guard reader.hasNoMandatoryPrefix, let modRM = reader.modRM(),
      !modRM.isMemory || reader.memory(modRM) != nil
    else { return nil }
    self = .other(.virtualization)
  }

  /// 0F 00 (SDM vol. 2, table A-6).
  private init?(group6 reader: inout InstructionReader) {
    guard let modRM = reader.modRM(), modRM.register == 2 || modRM.register == 3,
      let selector = reader.selector(modRM)
    else { return nil }
    self = modRM.register == 2 ? .other(.loadLocalTable) : .loadTaskRegister(selector)
  }

  /// 0F 01 (SDM vol. 2, table A-6).
  private init?(group7 reader: inout InstructionReader) {
    guard let modRM = reader.modRM() else { return nil }
    guard modRM.isMemory else {
      self.init(group7Register: modRM, &reader)
      return
    }
    guard let memory = reader.memory(modRM) else { return nil }
    switch modRM.register {
    case 2: self = .loadGlobalTable(memory)
    case 3: self = .loadInterruptTable(memory)
    case 6: self = .other(.loadMachineStatus)
    case 7: self = .other(.invalidatePage)
    default: return nil
    }
  }

  /// 0F 01 with a register operand, or with further bits of the opcode in its place. Only LMSW,
  /// SWAPGS and the instructions of SVM (AMD manual vol. 3, appendix A) ignore prefixes here.
  private init?(group7Register modRM: InstructionReader.ModRM, _ reader: inout InstructionReader) {
    switch (modRM.register, modRM.operand) {
    case (0, 1...4) where reader.hasNoMandatoryPrefix: self = .other(.virtualization)
    case (1, 0) where reader.hasNoMandatoryPrefix: self = .other(.monitor)
    case (1, 1) where reader.hasNoMandatoryPrefix: self = .other(.wait)
    case (2, 1) where reader.hasNoMandatoryPrefix: self = .other(.setExtendedControl)
    case (3, _): self = .other(.virtualization)
    case (6, _): self = .other(.loadMachineStatus)
    case (7, 0): self = .other(.swapGS)
    default: return nil
    }
  }

  /// 0F C7 with a memory operand (SDM vol. 2, table A-6).
  private init?(group9 reader: inout InstructionReader) {
    guard let modRM = reader.modRM(), modRM.isMemory, reader.memory(modRM) != nil else {
      return nil
    }
    switch modRM.register {
    case 3 where reader.hasNoMandatoryPrefix: self = .other(.restoreState)
    case 5 where reader.hasNoMandatoryPrefix: self = .other(.saveState)
    case 6 where reader.repetition != 0xf2: self = .other(.virtualization)
    case 7 where reader.hasNoMandatoryPrefix: self = .other(.virtualization)
    default: return nil
    }
  }

  /// 66 0F 38 with a memory operand: INVEPT, INVVPID, INVPCID (SDM vol. 2, table A-4).
  private init?(threeByte reader: inout InstructionReader) {
    guard let opcode = reader.next(), (0x80...0x82).contains(opcode), reader.hasOperandSize16,
      reader.repetition == nil, let modRM = reader.modRM(), modRM.isMemory,
      reader.memory(modRM) != nil
    else { return nil }
    self = .other(opcode == 0x82 ? .invalidateContext : .virtualization)
  }
}
