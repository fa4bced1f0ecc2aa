// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestMemory
public import HVTABI
public import Virtqueue

/// What a guest did that ended it.
public struct GuestFault: Error, Equatable, Sendable {
  /// What happened.
  public var cause: Cause
  /// The registers where it happened; nil when KVM could not tell them.
  public var registers: Registers?
  /// Return addresses, the innermost call first, beginning with the faulting instruction's address.
  public var backtrace: [GuestAddress] = []

  init(_ cause: Cause) {
    self.cause = cause
  }

  /// The exception `vector`, of which `examine` finds out more.
  init(exception vector: Int) {
    cause = .exception(
      ProcessorException(
        vector: vector, errorCode: 0, address: nil, place: nil, instruction: []))
  }

  /// The kinds of fault.
  public enum Cause: Equatable, Sendable {
    /// A processor exception (SDM vol. 3, chapter 6).
    case exception(ProcessorException)
    /// A hypercall's argument block lies where the guest itself could not read and write it.
    case argumentBlock(Hypercall, GuestAddress)
    /// A hypercall's buffer lies where the guest itself could not access it in this way.
    case buffer(Hypercall, GuestAddress, count: UInt64, isWritten: Bool)
    /// An `out` to a port, or of a width, that is no hypercall.
    case portWrite(port: UInt16, size: Int)
    /// A ring of the device with this handle breaks the rules (hvt-abi/SPEC.md, "Running a queue").
    case queue(handle: UInt64, QueueKind, QueueFault)
    /// `hlt`: nothing would ever wake the processor.
    case halted
    /// An `in` from a port.
    case portRead(port: UInt16, size: Int)
    /// A triple fault.
    case shutdown
    /// The processor refused the guest's state, with its reason.
    case entryFailed(reason: UInt64)
    /// KVM could not go on, for a reason of its own (KVM_INTERNAL_ERROR_*).
    case internalError(suberror: UInt32)
    /// An exit that no guest of this ABI can cause, by its KVM_EXIT number.
    case unexpectedExit(reason: UInt32)
  }

  /// The general registers, at the fault.
  public struct Registers: Equatable, Sendable {
    /// RAX, RBX, RCX, RDX, RSI, RDI, RSP, RBP, R8 to R15.
    public var general: [UInt64]
    /// RIP, the address of the faulting instruction.
    public var instructionPointer: UInt64
    /// RFLAGS.
    public var flags: UInt64

    /// The names in the order of `general`.
    public static let names = [
      "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12",
      "r13", "r14", "r15",
    ]

    var framePointer: UInt64 { general[7] }
  }
}

/// A processor exception that a guest caused, with what the tender found about it.
public struct ProcessorException: Equatable, Sendable {
  /// The vector, 0 to 31.
  public var vector: Int
  /// The error code, 0 for exceptions without one.
  public var errorCode: UInt64
  /// CR2: the address of a page fault; nil for other exceptions.
  public var address: GuestAddress?
  /// What `address` lies in.
  public var place: Place?
  /// The first bytes of the faulting instruction, as far as they could be read.
  public var instruction: [UInt8]

  /// A place in the guest's memory map.
  public enum Place: Equatable, Sendable {
    case nullPage
    case guardPage
    case region(MemoryRegion.Use)
    case unmapped
    case outsideMemory
  }
}
