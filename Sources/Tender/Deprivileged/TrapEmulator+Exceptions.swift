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
    while true {
      if let address = pending.faultAddress { registers.faultAddress = address }
      do throws(EmulationError) {
        return try enterHandler(
          of: pending, returningTo: guest.frame.instructionPointer, &guest, memory)
      } catch {
        guard case .exception(let next) = error, pending.vector != Vector.doubleFault else {
          throw .exception(exception)
        }
        pending = next.found(whileDelivering: pending)
      }
    }
  }

  /// What a processor at CPL 0 does when it finds an exception (SDM vol. 3, section 6.14). Throws the
  /// one that it finds on the way, in which case nothing has changed.
  mutating func enterHandler(
    of exception: GuestException, returningTo address: UInt64, _ guest: inout TrappedGuest,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    let gate = try gate(of: exception.vector, memory)
    let stackPointer = try stackPointer(for: gate, guest, memory)
    var flags = guest.frame.flags & ~Flag.interrupt
    if !exception.isExternal { flags &= ~Flag.resume }
    if registers.interruptsEnabled { flags |= Flag.interrupt }
    let frame = InterruptFrame(
      instructionPointer: address, codeSegment: UInt64(registers.codeSegment), flags: flags,
      stackPointer: guest.frame.stackPointer, stackSegment: UInt64(registers.stackSegment))
    guest.frame.stackPointer = try push(frame, exception.errorCode, below: stackPointer, memory)

    registers.codeSegment = gate.selector & ~3
    if gate.disablesInterrupts { registers.interruptsEnabled = false }
    guest.frame.instructionPointer = gate.target
    guest.frame.flags &= ~(Flag.trap | Flag.nestedTask | Flag.resume)
  }

  /// The gate for `vector`, which leads to 64-bit code of CPL 0.
  private func gate(
    of vector: Int, _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> InterruptGate {
    let offset = UInt64(vector) * InterruptGate.size
    guard let address = registers.interruptTable.address(of: InterruptGate.size, at: offset) else {
      throw .exception(.gate(vector, Vector.generalProtection))
    }
    let gate = InterruptGate(
      low: try load(UInt64.self, at: address, memory),
      high: try load(UInt64.self, at: address &+ 8, memory))
    guard gate.isGate else { throw .exception(.gate(vector, Vector.generalProtection)) }
    guard gate.isPresent else { throw .exception(.gate(vector, Vector.segmentNotPresent)) }
    // The privilege level that the selector asks for does not count here.
    guard try codeSegment(gate.selector & ~3, memory).is64Bit else {
      throw .exception(.generalProtection(gate.selector))
    }
    guard gate.target.isCanonical else { throw .exception(.generalProtection()) }
    return gate
  }

  /// The end of the stack for a handler: one of the task state's (SDM vol. 3, section 6.14.5), or the
  /// guest's own.
  private func stackPointer(
    for gate: InterruptGate, _ guest: TrappedGuest, _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> UInt64 {
    guard gate.stackTableIndex > 0 else { return guest.frame.stackPointer }
    let firstStack: UInt64 = 36
    let offset = firstStack + (gate.stackTableIndex - 1) * 8
    guard let address = registers.taskState.address(of: 8, at: offset) else {
      throw .exception(.invalidTaskState(registers.taskSelector))
    }
    return try load(UInt64.self, at: address, memory)
  }

  /// Pushes `frame`, then `errorCode`, on the stack that ends at `stackPointer`; the new stack pointer.
  private func push(
    _ frame: InterruptFrame, _ errorCode: UInt64?, below stackPointer: UInt64,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> UInt64 {
    let frameSize = UInt64(MemoryLayout<InterruptFrame>.size)
    let size = errorCode == nil ? frameSize : frameSize + 8
    let end = stackPointer & ~15
    for offset in stride(from: 8, through: size, by: 8) {
      let address = end &- offset
      guard memory.isWritable(at: GuestAddress(address), count: 8) else {
        let isReadable = memory.load(UInt64.self, at: GuestAddress(address)) != nil
        throw .exception(.unwritable(address, isReadable: isReadable))
      }
    }
    let start = end &- size
    memory.store(frame, at: GuestAddress(end - frameSize))
    if let errorCode { memory.store(errorCode, at: GuestAddress(start)) }
    return start
  }
}
