// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import Testing

@testable import Tender

/// A vCPU's state as KVM is given it.
struct EntryState: Sendable {
  var special: kvm_sregs
  var general: kvm_regs

  /// The state of the guest's first instruction, as `Machine` makes it.
  static func initial(
    reset: kvm_sregs = resetState, taskStateType: UInt8 = DescriptorTables.busyTaskState
  ) -> EntryState {
    let state = ProcessorState(
      reset: reset, entry: 0x10_0010, stackPointer: 0x1f_ffb8,
      bootInformation: MemoryMap.bootInformation, pageTableRoot: MemoryMap.pageTables,
      taskStateType: taskStateType)
    return EntryState(special: state.special, general: state.general)
  }

  /// The state after INIT or RESET (SDM vol. 3, table 10-1), as KVM reports it.
  static var resetState: kvm_sregs {
    func segment(_ type: UInt8, isSystem: Bool = false) -> kvm_segment {
      var segment = kvm_segment()
      segment.limit = 0xffff
      segment.type = type
      segment.present = 1
      segment.s = isSystem ? 0 : 1
      return segment
    }
    var state = kvm_sregs()
    state.cs = segment(11)
    state.cs.selector = 0xf000
    state.cs.base = 0xffff_0000
    (state.ds, state.es, state.fs) = (segment(3), segment(3), segment(3))
    (state.gs, state.ss) = (segment(3), segment(3))
    state.ldt = segment(2, isSystem: true)
    state.tr = segment(11, isSystem: true)
    state.gdt.limit = 0xffff
    state.idt.limit = 0xffff
    state.cr0 = 0x6000_0010
    state.apic_base = 0xfee0_0900
    return state
  }
}

/// One check that a processor makes of a guest's state at VM entry, and a way to fail it.
struct StateCheck: CustomTestStringConvertible, Sendable {
  /// The rule in words.
  let name: String
  /// Whether a state passes.
  let holds: @Sendable (EntryState) -> Bool
  /// Changes the initial state so that it does not pass.
  let violate: @Sendable (inout EntryState) -> Void

  init(
    _ name: String, _ holds: @escaping @Sendable (EntryState) -> Bool,
    violate: @escaping @Sendable (inout EntryState) -> Void
  ) {
    self.name = name
    self.holds = holds
    self.violate = violate
  }

  var testDescription: String { name }
}

/// Control register bits (SDM vol. 3, section 2.5).
enum ControlBit {
  // CR0
  static let protection: UInt64 = 1 << 0
  static let emulation: UInt64 = 1 << 2
  static let taskSwitched: UInt64 = 1 << 3
  static let numericError: UInt64 = 1 << 5
  static let writeProtect: UInt64 = 1 << 16
  static let alignmentMask: UInt64 = 1 << 18
  static let notWriteThrough: UInt64 = 1 << 29
  static let cacheDisable: UInt64 = 1 << 30
  static let paging: UInt64 = 1 << 31
  // CR4
  static let timeStampDisable: UInt64 = 1 << 2
  static let physicalAddressExtension: UInt64 = 1 << 5
  static let fsgsbase: UInt64 = 1 << 16
  static let processContext: UInt64 = 1 << 17
  static let osxsave: UInt64 = 1 << 18
  static let controlFlow: UInt64 = 1 << 23
  // EFER
  static let systemCalls: UInt64 = 1 << 0
  static let longModeEnable: UInt64 = 1 << 8
  static let longModeActive: UInt64 = 1 << 10
  static let noExecute: UInt64 = 1 << 11
}

extension UInt64 {
  /// Whether all of `bits` are set.
  func has(_ bits: UInt64) -> Bool { self & bits == bits }
}
