// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI

extension GuestFault.Cause: CustomStringConvertible {
  /// One line that says what happened and where.
  public var description: String {
    switch self {
    case .exception(let exception): exception.description
    case .argumentBlock(let call, let address):
      "hypercall \(call): argument block at \(address) is not the guest's to use"
    case .buffer(let call, let address, let count, let isWritten):
      "hypercall \(call): buffer of \(count) bytes at \(address) is not the guest's to "
        + (isWritten ? "write" : "read")
    case .portWrite(let port, let size):
      "write of \(size) bytes to I/O port \(hexadecimal(port)), which is no hypercall"
    case .portRead(let port, let size):
      "read of \(size) bytes from I/O port \(hexadecimal(port)), which the ABI does not have"
    case .shutdown: "triple fault"
    case .entryFailed(let reason):
      "the processor refused the guest's state: reason \(hexadecimal(reason))"
    case .internalError(let suberror): "KVM could not continue: internal error \(suberror)"
    case .unexpectedExit(let reason): "unexpected KVM exit \(reason)"
    }
  }

  /// Whether it is the UD2 instruction that Swift compiles a failed check to.
  var isSwiftTrap: Bool {
    guard case .exception(let exception) = self else { return false }
    return exception.isTrapInstruction
  }
}

extension ProcessorException: CustomStringConvertible {
  /// Names by vector (SDM vol. 3, table 6-1).
  private static let names = [
    0: "division by zero or overflow of a division", 1: "debug exception",
    2: "non-maskable interrupt", 3: "breakpoint", 4: "overflow", 5: "bound range exceeded",
    6: "illegal instruction", 7: "device not available", 8: "double fault", 10: "invalid TSS",
    11: "segment not present", 12: "stack segment fault", 13: "general protection fault",
    14: "page fault", 16: "x87 floating-point exception", 17: "misaligned access",
    18: "machine check", 19: "SSE floating-point exception", 20: "virtualization exception",
    21: "control protection exception",
  ]

  /// Bits of a page fault's error code (SDM vol. 3, figure 4-12).
  private static let wasPresent: UInt64 = 1 << 0
  private static let wasWrite: UInt64 = 1 << 1
  private static let wasFetch: UInt64 = 1 << 4

  var isTrapInstruction: Bool { vector == 6 && instruction.starts(with: [0x0f, 0x0b]) }

  /// One line that says what happened and where.
  public var description: String {
    if let address, vector == Self.pageFault { return pageFault(at: address) }
    if isTrapInstruction { return "trap instruction (ud2)" }
    let name = Self.names[vector] ?? "exception \(vector)"
    guard vector == 13 else { return name }
    if let privileged = PrivilegedInstruction(instruction) {
      return "\(name): \(privileged.rawValue) is a privileged instruction"
    }
    return errorCode == 0 ? name : "\(name), error code \(hexadecimal(errorCode))"
  }

  private func pageFault(at address: GuestAddress) -> String {
    let isFetch = errorCode & Self.wasFetch != 0
    let isWrite = errorCode & Self.wasWrite != 0
    let access = isFetch ? "execution of" : isWrite ? "write to" : "read of"
    return switch place {
    case .guardPage: "stack overflow: \(access) \(address) in the guard page under the stack"
    case .nullPage: "\(access) \(address) in the null page"
    case .region(.tender): "\(access) \(address) in the tender's area"
    case .region(let use):
      "\(access) \(address) in \(use.rawValue), which is not "
        + (isFetch ? "executable" : isWrite ? "writable" : "readable")
    case .unmapped: "\(access) \(address), where nothing is mapped"
    case .outsideMemory, nil: "\(access) \(address) outside memory"
    }
  }
}

/// Instructions that CPL 3 may not execute, as a fault is explained by them.
private enum PrivilegedInstruction: String {
  case clearInterrupts = "cli"
  case setInterrupts = "sti"
  case halt = "hlt"
  case input = "in from a port that the ABI does not have"
  case output = "out to a port that the ABI does not have"
  case moveControl = "mov of a control register"
  case moveDebug = "mov of a debug register"
  case writeMSR = "wrmsr"
  case readMSR = "rdmsr"
  case table = "a load of a system table"
  case invalidateCache = "a cache invalidation"
  case clearTaskSwitched = "clts"
  case systemReturn = "sysret"

  /// The instruction that `bytes` begin with, behind any prefixes (SDM vol. 2, appendix A).
  init?(_ bytes: [UInt8]) {
    let code = bytes.drop { [0x66, 0x67, 0xf2, 0xf3].contains($0) || $0 & 0xf0 == 0x40 }
    let (first, second) = (code.first, code.dropFirst().first)
    switch (first, second) {
    case (0xfa, _): self = .clearInterrupts
    case (0xfb, _): self = .setInterrupts
    case (0xf4, _): self = .halt
    case (0xe4, _), (0xe5, _), (0xec, _), (0xed, _), (0x6c, _), (0x6d, _): self = .input
    case (0xe6, _), (0xe7, _), (0xee, _), (0xef, _), (0x6e, _), (0x6f, _): self = .output
    case (0x0f, 0x20), (0x0f, 0x22): self = .moveControl
    case (0x0f, 0x21), (0x0f, 0x23): self = .moveDebug
    case (0x0f, 0x30): self = .writeMSR
    case (0x0f, 0x32): self = .readMSR
    case (0x0f, 0x00), (0x0f, 0x01): self = .table
    case (0x0f, 0x06): self = .clearTaskSwitched
    case (0x0f, 0x07): self = .systemReturn
    case (0x0f, 0x08), (0x0f, 0x09): self = .invalidateCache
    default: return nil
    }
  }
}

private func hexadecimal(_ value: some BinaryInteger) -> String {
  "0x" + String(value, radix: 16)
}
