// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions

extension Encoding {
  private static let rax = MemoryOperand(base: .register(0))
  private static let segment = "mov to a segment register"
  private static let control = "mov of a control register"

  /// Every opcode, with the simplest operands.
  static let all = emulated + portsAndRegisters + named + virtualization

  private static let emulated = [
    Encoding([0x0f, 0x01, 0x10], .loadGlobalTable(rax), "lgdt"),
    Encoding([0x0f, 0x01, 0x18], .loadInterruptTable(rax), "lidt"),
    Encoding([0x0f, 0x00, 0x18], .loadTaskRegister(.memory(rax)), "ltr"),
    Encoding([0x0f, 0x00, 0xd9], .loadTaskRegister(.register(1)), "ltr"),
    Encoding([0x8e, 0x00], .loadSegment(.es, .memory(rax)), segment),
    Encoding([0x8e, 0x10], .loadSegment(.ss, .memory(rax)), segment),
    Encoding([0x8e, 0x18], .loadSegment(.ds, .memory(rax)), segment),
    Encoding([0x8e, 0x20], .loadSegment(.fs, .memory(rax)), segment),
    Encoding([0x8e, 0x28], .loadSegment(.gs, .memory(rax)), segment),
    Encoding([0x8e, 0xc0], .loadSegment(.es, .register(0)), segment),
    Encoding([0x8e, 0xd1], .loadSegment(.ss, .register(1)), segment),
    Encoding([0x8e, 0xda], .loadSegment(.ds, .register(2)), segment),
    Encoding([0x8e, 0xe3], .loadSegment(.fs, .register(3)), segment),
    Encoding([0x8e, 0xef], .loadSegment(.gs, .register(7)), segment),
    Encoding([0xca, 0x34, 0x12], .farReturn(width: 4, popped: 0x1234), "far return"),
    Encoding([0xcb], .farReturn(width: 4, popped: 0), "far return"),
    Encoding([0xcf], .interruptReturn(width: 4), "iret"),
    Encoding([0xcd, 0x80], .softwareInterrupt(vector: 0x80), "int"),
    Encoding([0xf4], .halt, "hlt"), Encoding([0xfa], .clearInterrupts, "cli"),
    Encoding([0xfb], .setInterrupts, "sti"), Encoding([0x0f, 0x30], .writeMSR, "wrmsr"),
    Encoding([0x0f, 0x32], .readMSR, "rdmsr"),
    Encoding([0x0f, 0x20, 0xc0], .readControlRegister(0, into: 0), control),
    Encoding([0x0f, 0x20, 0xd1], .readControlRegister(2, into: 1), control),
    Encoding([0x0f, 0x20, 0xda], .readControlRegister(3, into: 2), control),
    Encoding([0x0f, 0x20, 0xe7], .readControlRegister(4, into: 7), control),
    // The mode has no meaning, and 4 and 5 select no other operand.
    Encoding([0x0f, 0x20, 0x14], .readControlRegister(2, into: 4), control),
    Encoding([0x0f, 0x20, 0x05], .readControlRegister(0, into: 5), control),
    Encoding([0x0f, 0x20, 0x9c], .readControlRegister(3, into: 4), control),
  ]

  private static let portsAndRegisters = [
    Encoding([0x6c], .input), Encoding([0x6d], .input), Encoding([0xe4, 0x60], .input),
    Encoding([0xe5, 0x60], .input), Encoding([0xec], .input), Encoding([0xed], .input),
    Encoding([0x6e], .output), Encoding([0x6f], .output), Encoding([0xe6, 0x60], .output),
    Encoding([0xe7, 0x60], .output), Encoding([0xee], .output), Encoding([0xef], .output),
    Encoding([0x0f, 0x22, 0xc0], .moveControl), Encoding([0x0f, 0x22, 0xd7], .moveControl),
    Encoding([0x0f, 0x22, 0xd8], .moveControl), Encoding([0x0f, 0x22, 0x24], .moveControl),
    Encoding([0x0f, 0x21, 0xc0], .moveDebug), Encoding([0x0f, 0x21, 0xf8], .moveDebug),
    Encoding([0x0f, 0x23, 0xe4], .moveDebug), Encoding([0x0f, 0x23, 0x3c], .moveDebug),
  ]

  private static let named = [
    Encoding([0x0f, 0x00, 0x10], .loadLocalTable), Encoding([0x0f, 0x00, 0xd7], .loadLocalTable),
    Encoding([0x0f, 0x01, 0x30], .loadMachineStatus),
    Encoding([0x0f, 0x01, 0xf7], .loadMachineStatus),
    Encoding([0x0f, 0x01, 0x38], .invalidatePage), Encoding([0x0f, 0x01, 0xf8], .swapGS),
    Encoding([0x0f, 0x01, 0xd1], .setExtendedControl, mayBeAnother: true),
    Encoding([0x0f, 0x06], .clearTaskSwitched), Encoding([0x0f, 0x07], .systemReturn),
    Encoding([0x0f, 0x08], .invalidateCache), Encoding([0x0f, 0x09], .invalidateCache),
    Encoding([0x0f, 0x33], .readCounter), Encoding([0x0f, 0x35], .systemExit),
    Encoding([0x66, 0x0f, 0x38, 0x82, 0x08], .invalidateContext, mayBeAnother: true),
    Encoding([0x0f, 0xc7, 0x28], .saveState, mayBeAnother: true),
    Encoding([0x0f, 0xc7, 0x18], .restoreState, mayBeAnother: true),
    Encoding([0x0f, 0x01, 0xc8], .monitor, mayBeAnother: true),
    Encoding([0x0f, 0x01, 0xc9], .wait, mayBeAnother: true),
  ]

  private static let virtualization =
    (0xc1...0xc4).map { Encoding([0x0f, 0x01, $0], .virtualization, mayBeAnother: true) }
    + (0xd8...0xdf).map { Encoding([0x0f, 0x01, $0], .virtualization) } + [
      Encoding([0x0f, 0x78, 0x01], .virtualization, mayBeAnother: true),
      Encoding([0x0f, 0x78, 0xc1], .virtualization, mayBeAnother: true),
      Encoding([0x0f, 0x79, 0x01], .virtualization, mayBeAnother: true),
      Encoding([0x0f, 0x79, 0xc1], .virtualization, mayBeAnother: true),
      Encoding([0x0f, 0xc7, 0x31], .virtualization, mayBeAnother: true),
      Encoding([0x66, 0x0f, 0xc7, 0x31], .virtualization, mayBeAnother: true),
      Encoding([0xf3, 0x0f, 0xc7, 0x31], .virtualization, mayBeAnother: true),
      Encoding([0x0f, 0xc7, 0x39], .virtualization, mayBeAnother: true),
      Encoding([0x66, 0x0f, 0x38, 0x80, 0x01], .virtualization, mayBeAnother: true),
      Encoding([0x66, 0x0f, 0x38, 0x81, 0x01], .virtualization, mayBeAnother: true),
    ]
}
