// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux

/// A guest that a trap stub stopped, with the registers that it had at the exception.
struct TrappedGuest {
  /// What the stub's `iretq` returns to.
  var frame: TrapFrame
  /// RIP, RSP and RFLAGS in it are the stub's.
  private(set) var general: kvm_regs
  /// Whether the vCPU has to be given `general`.
  private(set) var hasChangedRegisters = false

  init(frame: TrapFrame, general: kvm_regs) {
    self.frame = frame
    self.general = general
  }

  /// Moves it behind the instruction, which has been carried out. The processor had set RF for the
  /// fault.
  mutating func advance(to next: UInt64) {
    frame.instructionPointer = next
    frame.flags &= ~Flag.resume
  }

  /// A general register by its number in instructions (SDM vol. 2, table 2-2).
  subscript(register: Int) -> UInt64 {
    get {
      switch register {
      case 0: general.rax
      case 1: general.rcx
      case 2: general.rdx
      case 3: general.rbx
      case 4: frame.stackPointer
      case 5: general.rbp
      case 6: general.rsi
      case 7: general.rdi
      case 8: general.r8
      case 9: general.r9
      case 10: general.r10
      case 11: general.r11
      case 12: general.r12
      case 13: general.r13
      case 14: general.r14
      case 15: general.r15
      default: preconditionFailure("an instruction names 16 registers")
      }
    }
    set {
      hasChangedRegisters = true
      switch register {
      case 0: general.rax = newValue
      case 1: general.rcx = newValue
      case 2: general.rdx = newValue
      case 3: general.rbx = newValue
      case 4: frame.stackPointer = newValue
      case 5: general.rbp = newValue
      case 6: general.rsi = newValue
      case 7: general.rdi = newValue
      case 8: general.r8 = newValue
      case 9: general.r9 = newValue
      case 10: general.r10 = newValue
      case 11: general.r11 = newValue
      case 12: general.r12 = newValue
      case 13: general.r13 = newValue
      case 14: general.r14 = newValue
      case 15: general.r15 = newValue
      default: preconditionFailure("an instruction names 16 registers")
      }
    }
  }
}

extension TrappedGuest {
  static let rax = 0
  static let rcx = 1
  static let rdx = 2
}
