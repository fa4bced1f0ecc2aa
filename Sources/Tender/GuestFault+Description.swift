// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory
internal import HVTABI
internal import PrivilegedInstructions

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
    case .queue(let handle, let kind, let fault): "\(kind) queue of device \(handle): \(fault)"
    case .halted: "hlt: there are no interrupts that could wake the processor"
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
    if let address, vector == Vector.pageFault { return pageFault(at: address) }
    if isTrapInstruction { return "trap instruction (ud2)" }
    let name = Self.names[vector] ?? "exception \(vector)"
    guard vector == 13 else { return name }
    // SAFETY: bytes have no padding.
    let decoded = unsafe PrivilegedInstruction(decoding: instruction.span.bytes)
    if let decoded, decoded.isPrivileged {
      return "\(name): \(decoded.name) is a privileged instruction"
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

private func hexadecimal(_ value: some BinaryInteger) -> String {
  "0x" + String(value, radix: 16)
}
