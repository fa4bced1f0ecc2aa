// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The registers that a deprivileged guest believes to have set. The processor has others, which keep
/// it sealed.
struct SystemRegisters {
  /// CS and SS as its code at CPL 0 sees them in interrupt frames.
  var codeSegment = DescriptorTables.kernelCode
  var stackSegment = DescriptorTables.kernelData
  /// GDTR and IDTR; empty until the guest loads them.
  var descriptorTable = TableRegister()
  var interruptTable = TableRegister()
  /// TR: the selector, and the task state segment that it named.
  var taskSelector: UInt16 = 0
  var taskState = TableRegister()
  /// RFLAGS.IF, to no effect: there are no interrupts.
  var interruptsEnabled = false
  /// CR2.
  var faultAddress: UInt64 = 0
}

/// A place in memory by its first byte and the offset of its last (SDM vol. 3, section 2.4).
struct TableRegister: Equatable {
  var base: UInt64 = 0
  var limit: UInt64 = 0

  /// The address of `count` bytes at `offset`; nil when they are not all inside.
  func address(of count: UInt64, at offset: UInt64) -> UInt64? {
    offset + count - 1 <= limit ? base &+ offset : nil
  }
}

/// Bits of RFLAGS (SDM vol. 1, section 3.4.3).
enum Flag {
  static let alwaysSet: UInt64 = 1 << 1
  static let trap: UInt64 = 1 << 8
  static let interrupt: UInt64 = 1 << 9
  static let nestedTask: UInt64 = 1 << 14
  static let resume: UInt64 = 1 << 16
  /// What `iretq` may change in a guest at CPL 3: CF, PF, AF, ZF, SF, TF, DF, OF, RF, AC, ID;
  /// NT not, which some KVM backends drop. IOPL above all stays 0.
  static let changeable: UInt64 = 0x25_0dd5
}

extension UInt64 {
  /// Whether it is a linear address of 48 bits, sign-extended (SDM vol. 1, section 3.3.7.1).
  var isCanonical: Bool {
    let top = self >> 47
    return top == 0 || top == 0x1_ffff
  }
}
