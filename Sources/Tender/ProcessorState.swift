// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux

/// The vCPU's state at the guest's first instruction: 64-bit mode with paging on and every table in the
/// tender's area (hvt-abi/SPEC.md, "Entry state").
struct ProcessorState {
  /// The privilege level of the first instruction.
  enum Level {
    /// CPL 0.
    case kernel
    /// CPL 3.
    case user
  }

  /// x87, SSE and AVX state (SDM vol. 1, section 13.3).
  static let xcr0: UInt64 = 7

  var special: kvm_sregs
  var general = kvm_regs()

  /// The state that enters at `entry` with `bootInformation` as its only argument. `reset` is the
  /// vCPU's state after its creation. `taskStateType` is what TR holds.
  init(
    reset: kvm_sregs, entry: UInt64, stackPointer: UInt64, bootInformation: UInt64,
    pageTableRoot: UInt64, taskStateType: UInt8, level: Level = .user
  ) {
    special = reset
    special.cr0 = 0x8001_0033  // PG, WP, NE, ET, MP, PE
    special.cr3 = pageTableRoot
    special.cr4 = 0x5_0620  // OSXSAVE, FSGSBASE, OSXMMEXCPT, OSFXSR, PAE
    special.efer = 0xd00  // NXE, LMA, LME
    special.cs = Self.codeSegment(level)
    let data = Self.dataSegment(level)
    special.ds = data
    special.es = data
    special.fs = data
    special.gs = data
    special.ss = data
    special.tr = Self.taskState(type: taskStateType)
    special.ldt = Self.unusable
    special.gdt = Self.table(MemoryMap.descriptorTables, DescriptorTables.gdtSize)
    special.idt = Self.table(
      MemoryMap.descriptorTables + DescriptorTables.idtOffset, DescriptorTables.idtSize)

    general.rip = entry
    general.rsp = stackPointer
    general.rdi = bootInformation
    general.rflags = 2  // the bit that is always set
  }

  private static func codeSegment(_ level: Level) -> kvm_segment {
    let selector = level == .user ? DescriptorTables.userCode : DescriptorTables.kernelCode
    var segment = flatSegment(selector, type: 11)
    segment.l = 1
    return segment
  }

  private static func dataSegment(_ level: Level) -> kvm_segment {
    let selector = level == .user ? DescriptorTables.userData : DescriptorTables.kernelData
    var segment = flatSegment(selector, type: 3)
    segment.db = 1
    return segment
  }

  private static func flatSegment(_ selector: UInt16, type: UInt8) -> kvm_segment {
    var segment = kvm_segment()
    segment.limit = .max
    segment.selector = selector
    segment.type = type
    segment.present = 1
    segment.dpl = UInt8(selector & 3)
    segment.s = 1
    segment.g = 1
    return segment
  }

  private static func taskState(type: UInt8) -> kvm_segment {
    var segment = kvm_segment()
    segment.base = MemoryMap.taskState
    segment.limit = UInt32(DescriptorTables.taskStateLimit)
    segment.selector = DescriptorTables.taskState
    segment.type = type
    segment.present = 1
    return segment
  }

  private static var unusable: kvm_segment {
    var segment = kvm_segment()
    segment.unusable = 1
    return segment
  }

  private static func table(_ base: UInt64, _ size: UInt64) -> kvm_dtable {
    var table = kvm_dtable()
    table.base = base
    table.limit = UInt16(size - 1)
    return table
  }
}
