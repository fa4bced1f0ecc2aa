// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestMemory

extension TrapEmulator {
  /// The descriptor that `selector` names in the guest's GDT.
  private func segmentDescriptor(
    _ selector: UInt16, _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> SegmentDescriptor {
    let isLocal = selector & 4 != 0
    guard !isLocal,
      let address = registers.descriptorTable.address(of: 8, at: UInt64(selector & ~7))
    else { throw .exception(.generalProtection(selector)) }
    return SegmentDescriptor(bits: try load(UInt64.self, at: address, memory))
  }

  private func isNull(_ selector: UInt16) -> Bool { selector & ~3 == 0 }

  /// The code segment that `selector` names, of the privilege level that it asks for.
  func codeSegment(
    _ selector: UInt16, _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> SegmentDescriptor {
    if isNull(selector) { throw .exception(.generalProtection()) }
    let descriptor = try segmentDescriptor(selector, memory)
    guard descriptor.isCode, descriptor.privilege == selector & 3 else {
      throw .exception(.generalProtection(selector))
    }
    guard descriptor.isPresent else { throw .exception(.segmentNotPresent(selector)) }
    return descriptor
  }

  /// Checks that a return may load CS with `selector`: 64-bit code of CPL 0. Other code is nothing that
  /// such guests have.
  func checkReturn(
    to selector: UInt16, _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    guard try codeSegment(selector, memory).is64Bit, selector & 3 == 0 else { throw .unsupported }
  }

  /// Checks what `mov` to SS checks (SDM vol. 2, "MOV").
  func checkStackSegment(
    _ selector: UInt16, _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    if selector == 0 { return }
    let descriptor = try segmentDescriptor(selector, memory)
    guard selector & 3 == 0, descriptor.privilege == 0, descriptor.isWritableData else {
      throw .exception(.generalProtection(selector))
    }
    guard descriptor.isPresent else { throw .exception(.stackFault(selector)) }
  }

  /// Checks what `mov` to another segment register checks; the base that FS and GS get.
  func checkDataSegment(
    _ selector: UInt16, _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> UInt64 {
    if isNull(selector) { return 0 }
    let descriptor = try segmentDescriptor(selector, memory)
    guard descriptor.isReadable, descriptor.privilege >= selector & 3 else {
      throw .exception(.generalProtection(selector))
    }
    guard descriptor.isPresent else { throw .exception(.segmentNotPresent(selector)) }
    return descriptor.base
  }

  /// Loads TR with the task state that `selector` names (SDM vol. 2, "LTR"). The descriptor is not
  /// marked busy: nothing would look at it.
  mutating func loadTaskRegister(
    _ selector: UInt16, _ memory: borrowing GuestMemory
  ) throws(EmulationError) {
    if isNull(selector) { throw .exception(.generalProtection()) }
    let low = try segmentDescriptor(selector, memory)
    guard low.isSystem, low.type == SegmentDescriptor.availableTaskState,
      let address = registers.descriptorTable.address(of: 16, at: UInt64(selector & ~7))
    else { throw .exception(.generalProtection(selector)) }
    guard low.isPresent else { throw .exception(.segmentNotPresent(selector)) }
    let high = try load(UInt64.self, at: address &+ 8, memory)
    let base = high << 32 | low.base
    guard SegmentDescriptor(bits: high).isEmptyType, base.isCanonical else {
      throw .exception(.generalProtection(selector))
    }
    registers.taskSelector = selector
    registers.taskState = TableRegister(base: base, limit: low.limit)
  }

  /// Reads the guest's memory as an instruction at CPL 0 does.
  func load<Value: BitwiseCopyable>(
    _ type: Value.Type, at address: UInt64, onStack isStack: Bool = false,
    _ memory: borrowing GuestMemory
  ) throws(EmulationError) -> Value {
    if let value = memory.load(type, at: GuestAddress(address)) { return value }
    // CR2 is told of the first byte that is not there.
    var next = address
    while memory.load(UInt8.self, at: GuestAddress(next)) != nil { next &+= 1 }
    throw .exception(.unreadable(next, onStack: isStack))
  }
}
