// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory

/// What the processor pushes for a handler, from the lowest address up (SDM vol. 3, figure 6-9).
private struct InterruptFrame: BitwiseCopyable {
  var instructionPointer: UInt64
  var codeSegment: UInt64
  var flags: UInt64
  var stackPointer: UInt64
  var stackSegment: UInt64
}

extension TrapEmulator {
  /// Lets the guest go on in its handler of `exception`, or of what comes of it when that one cannot be
  /// entered (SDM vol. 3, table 6-5). Throws where a processor would shut down.
  mutating func deliver(
    _ exception: GuestException, to guest: inout TrappedGuest, _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    var pending = exception
    if let address = pending.faultAddress { registers.faultAddress = address }
    let address = guest.frame.instructionPointer
    while let next = enterHandler(of: pending, returningTo: address, &guest, memory) {
      if pending.vector == Vector.doubleFault { throw .exception(exception) }
      if let address = next.faultAddress { registers.faultAddress = address }
      let isDouble = Vector.makeDoubleFault(pending.vector, next.vector)
      pending = isDouble ? GuestException(vector: Vector.doubleFault, errorCode: 0) : next
    }
  }

  /// What a processor at CPL 0 does when it finds an exception (SDM vol. 3, section 6.14); the one that
  /// it finds on the way, in which case nothing has changed.
  mutating func enterHandler(
    of exception: GuestException, returningTo address: UInt64, _ guest: inout TrappedGuest,
    _ memory: borrowing GuestMemory
  ) -> GuestException? {
    guard let gate = gate(of: exception.vector, memory), gate.isGate else {
      return .noHandler(of: exception.vector, isExternal: exception.isExternal)
    }
    guard gate.isPresent else {
      return .noHandler(
        of: exception.vector, isExternal: exception.isExternal, Vector.segmentNotPresent)
    }
    guard gate.target.isCanonical, (try? checkCodeSegment(gate.selector, memory)) != nil else {
      return .generalProtection(gate.selector)
    }
    guard let stack = stackPointer(for: gate, guest, memory) else {
      return .unreadable(registers.taskState.base)
    }
    let frameSize = UInt64(MemoryLayout<InterruptFrame>.size)
    let size = exception.errorCode == nil ? frameSize : frameSize + 8
    let end = stack & ~15
    let start = end &- size
    guard memory.isWritable(at: GuestAddress(start), count: size) else {
      return .unwritable(start)
    }

    var flags = guest.frame.flags & ~Flag.interrupt
    if !exception.isExternal { flags &= ~Flag.resume }
    if registers.interruptsEnabled { flags |= Flag.interrupt }
    let frame = InterruptFrame(
      instructionPointer: address,
      codeSegment: UInt64(registers.codeSegment), flags: flags,
      stackPointer: guest.frame.stackPointer, stackSegment: UInt64(registers.stackSegment))
    memory.store(frame, at: GuestAddress(end - frameSize))
    if let errorCode = exception.errorCode { memory.store(errorCode, at: GuestAddress(start)) }

    registers.codeSegment = gate.selector & ~3
    if gate.disablesInterrupts { registers.interruptsEnabled = false }
    guest.frame.instructionPointer = gate.target
    guest.frame.flags &= ~(Flag.trap | Flag.nestedTask | Flag.resume)
    guest.frame.stackPointer = start
    return nil
  }

  private func gate(of vector: Int, _ memory: borrowing GuestMemory) -> InterruptGate? {
    let offset = UInt64(vector) * InterruptGate.size
    guard let address = registers.interruptTable.address(of: InterruptGate.size, at: offset),
      let low = memory.load(UInt64.self, at: GuestAddress(address)),
      let high = memory.load(UInt64.self, at: GuestAddress(address &+ 8))
    else { return nil }
    return InterruptGate(low: low, high: high)
  }

  /// The end of the stack for a handler: one of the task state's (SDM vol. 3, section 6.14.5), or the
  /// guest's own.
  private func stackPointer(
    for gate: InterruptGate, _ guest: TrappedGuest, _ memory: borrowing GuestMemory
  ) -> UInt64? {
    guard gate.stackTableIndex > 0 else { return guest.frame.stackPointer }
    let firstStack: UInt64 = 36
    let offset = firstStack + (gate.stackTableIndex - 1) * 8
    return registers.taskState.address(of: 8, at: offset).flatMap {
      memory.load(UInt64.self, at: GuestAddress($0))
    }
  }
}
