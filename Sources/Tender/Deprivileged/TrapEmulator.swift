// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import GuestMemory
internal import KVM
internal import PrivilegedInstructions
internal import SystemCalls

/// What makes a guest that was built for CPL 0 run at CPL 3: it carries out the few privileged
/// instructions that such guests use, and delivers exceptions to their own handlers
/// (hvt-abi/SPEC.md, "Privileged instructions").
///
/// The guest's system registers are only numbers here; the processor's never change. The stopped guest
/// goes on through its stub's `iretq`, because not every KVM lets KVM_SET_SREGS change the CPL.
struct TrapEmulator {
  var registers = SystemRegisters()
  /// The type of the task state that the processor was given.
  let taskStateType: UInt8

  init(taskStateType: UInt8) { self.taskStateType = taskStateType }

  /// Serves the exception `vector`, which a stub reported. The guest then goes on: behind the
  /// instruction, or in a handler.
  mutating func serve(
    _ vector: Int, _ vcpu: borrowing VCPU, _ memory: borrowing GuestMemory
  ) throws(ServiceError) {
    guard let frame = memory.trapFrame, frame.isFromGuest else {
      throw .guest(GuestFault(exception: vector))
    }
    do throws(EmulationError) {
      try synchronize(vcpu)
      var guest = TrappedGuest(frame: frame, general: vcpu.synchronizedRegisters)
      if let exception = try emulate(vector, &guest, vcpu, memory) {
        try deliver(exception, to: &guest, memory)
      }
      memory.store(guest.frame, at: GuestAddress(TrapFrame.address))
      if guest.hasChangedRegisters { vcpu.resume(with: guest.general) }
    } catch {
      switch error {
      case .host(let error): throw .host(error)
      case .halted: throw .guest(GuestFault(.halted))
      case .unsupported, .exception: throw .guest(GuestFault(exception: vector))
      }
    }
  }

  /// Carries out the instruction at which the exception `vector` came; the exception that a handler is
  /// to be told of instead, if that is so.
  private mutating func emulate(
    _ vector: Int, _ guest: inout TrappedGuest, _ vcpu: borrowing VCPU,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> GuestException? {
    guard let instruction = instruction(behind: vector, guest, memory) else {
      return exception(vector, guest, vcpu)
    }
    let isStepping = guest.frame.flags & Flag.trap != 0 && instruction.isStepped
    do throws(EmulationError) {
      try emulate(instruction, &guest, vcpu, memory)
      return isStepping ? GuestException(vector: Vector.debug) : nil
    } catch {
      guard case .exception(let exception) = error else { throw error }
      return exception
    }
  }

  /// The instruction that is to be emulated; nil when the exception `vector` has another reason.
  private func instruction(
    behind vector: Int, _ guest: TrappedGuest, _ memory: borrowing GuestMemory
  ) -> PrivilegedInstruction? {
    guard vector == Vector.generalProtection || vector == Vector.invalidOpcode else { return nil }
    let instruction = memory.withExecutableBytes(
      at: GuestAddress(guest.frame.instructionPointer),
      atMost: UInt64(PrivilegedInstruction.lengthLimit)
    ) { PrivilegedInstruction(decoding: $0) }
    guard vector == Vector.generalProtection || instruction?.isInterrupt == true else { return nil }
    return instruction
  }

  /// The exception `vector` as it would have come at CPL 0.
  private func exception(
    _ vector: Int, _ guest: TrappedGuest, _ vcpu: borrowing VCPU
  ) -> GuestException {
    var exception = GuestException(vector: vector, isExternal: !Vector.isOpenToUser(vector))
    if Vector.hasErrorCode(vector) { exception.errorCode = guest.frame.errorCode }
    if vector == Vector.pageFault {
      exception.errorCode = guest.frame.errorCode & ~Self.fromUserLevel
      exception.faultAddress = vcpu.synchronizedSpecialRegisters.cr2
    }
    return exception
  }

  /// The bit of a page fault's error code that tells CPL 3 from CPL 0 (SDM vol. 3, figure 4-12).
  private static let fromUserLevel: UInt64 = 1 << 2

  private func synchronize(_ vcpu: borrowing VCPU) throws(EmulationError) {
    do throws(SystemCallError) {
      try vcpu.synchronize()
    } catch {
      throw .host(error)
    }
  }
}

extension PrivilegedInstruction {
  /// Whether it is `int`, at which a KVM without hardware virtualization raises #UD.
  fileprivate var isInterrupt: Bool {
    if case .softwareInterrupt = operation { true } else { false }
  }

  /// Whether the debug exception of RFLAGS.TF follows directly (SDM vol. 3, section 17.3.1.4). The
  /// handler of an interrupt runs without TF, and `mov` to SS puts it off by one instruction.
  fileprivate var isStepped: Bool {
    switch operation {
    case .softwareInterrupt, .loadSegment(.ss, _): false
    default: true
    }
  }
}
