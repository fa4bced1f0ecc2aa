// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An instruction that needs privilege level 0, or does something else there than at level 3, in
/// 64-bit mode.
///
/// Left out are those that never get as far as #GP in a guest: STAC, CLAC and RSM, which raise #UD at
/// level 3, and instructions of extensions that no guest is offered, such as WRMSRNS.
public struct PrivilegedInstruction: Equatable, Sendable {
  /// The longest instruction, in bytes (SDM vol. 2, section 2.3.11).
  public static let lengthLimit = 15

  /// What it does, with its operands.
  public let operation: Operation
  /// Its length in bytes with all prefixes, 1 to `lengthLimit`.
  public let length: Int

  /// Decodes the instruction that `bytes` begin with (SDM vol. 2, chapter 2 and appendix A).
  ///
  /// The result is nil when it is none of these, is cut off, or is one that the processor refuses
  /// at any level. What follows the instruction does not matter.
  public init?(decoding bytes: RawSpan) {
    var reader = InstructionReader(bytes)
    guard let opcode = reader.opcode(), let operation = Operation(opcode, &reader) else {
      return nil
    }
    self.operation = operation
    length = reader.offset
  }

  /// The instructions, those that a tender may emulate with their operands.
  ///
  /// Registers are numbered as instructions encode them: 0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp, 5 rbp,
  /// 6 rsi, 7 rdi, 8 to 15.
  public enum Operation: Equatable, Sendable {
    /// LGDT m16&64.
    case loadGlobalTable(MemoryOperand)
    /// LIDT m16&64.
    case loadInterruptTable(MemoryOperand)
    /// LTR r/m16.
    case loadTaskRegister(SelectorOperand)
    /// MOV Sreg, r/m16.
    case loadSegment(SegmentRegister, SelectorOperand)
    /// RET far: each item that it pops has `width` bytes (2, 4 or 8), and it then drops `popped`.
    case farReturn(width: Int, popped: UInt16)
    /// IRET, IRETD, IRETQ: each item that it pops has `width` bytes (2, 4 or 8).
    case interruptReturn(width: Int)
    /// INT imm8.
    case softwareInterrupt(vector: UInt8)
    /// CLI, STI, HLT.
    case clearInterrupts, setInterrupts, halt
    /// WRMSR, RDMSR.
    case writeMSR, readMSR
    /// MOV r64, CRn.
    case readControlRegister(Int, into: Int)
    /// Any other that needs level 0.
    case other(Name)
  }

  /// The instructions that are told apart by no more than a name.
  public enum Name: String, Sendable {
    /// IN, INS.
    case input = "in from a port that the ABI does not have"
    /// OUT, OUTS.
    case output = "out to a port that the ABI does not have"
    /// MOV CRn, r64.
    case moveControl = "mov of a control register"
    /// MOV r64, DRn and MOV DRn, r64.
    case moveDebug = "mov of a debug register"
    /// LLDT.
    case loadLocalTable = "lldt"
    /// LMSW.
    case loadMachineStatus = "lmsw"
    /// INVLPG.
    case invalidatePage = "invlpg"
    /// XSETBV.
    case setExtendedControl = "xsetbv"
    /// SWAPGS.
    case swapGS = "swapgs"
    /// INVD, WBINVD, WBNOINVD.
    case invalidateCache = "a cache invalidation"
    /// CLTS.
    case clearTaskSwitched = "clts"
    /// SYSRET.
    case systemReturn = "sysret"
    /// SYSEXIT.
    case systemExit = "sysexit"
    /// RDPMC, which CR4.PCE opens to every level.
    case readCounter = "rdpmc"
    /// INVPCID.
    case invalidateContext = "invpcid"
    /// XSAVES.
    case saveState = "xsaves"
    /// XRSTORS.
    case restoreState = "xrstors"
    /// MONITOR.
    case monitor = "monitor"
    /// MWAIT.
    case wait = "mwait"
    /// Those of VMX and SVM.
    case virtualization = "a virtualization instruction"
  }

  /// What diagnostics call it, such as "wrmsr" or "mov of a control register".
  public var name: String {
    switch operation {
    case .loadGlobalTable: "lgdt"
    case .loadInterruptTable: "lidt"
    case .loadTaskRegister: "ltr"
    case .loadSegment: "mov to a segment register"
    case .farReturn: "far return"
    case .interruptReturn: "iret"
    case .softwareInterrupt: "int"
    case .clearInterrupts: "cli"
    case .setInterrupts: "sti"
    case .halt: "hlt"
    case .writeMSR: "wrmsr"
    case .readMSR: "rdmsr"
    case .readControlRegister: Name.moveControl.rawValue
    case .other(let name): name.rawValue
    }
  }

  /// Whether level 3 may never execute it; the rest faults there only for what its operands say.
  public var isPrivileged: Bool {
    switch operation {
    case .loadSegment, .farReturn, .interruptReturn, .softwareInterrupt: false
    default: true
    }
  }
}
