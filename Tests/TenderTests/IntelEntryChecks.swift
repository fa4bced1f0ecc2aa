// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux

@testable import Tender

/// The checks on the guest-state area that VMX makes (SDM vol. 3, section 27.3.1), of what the vCPU's
/// state holds. Debug registers and other MSRs keep their reset values, which pass; what KVM itself
/// adds (CR4.VMXE, the activity state, VMCS pointers) is not ours to check. No check relies on an
/// "unrestricted guest".
enum IntelEntryChecks {
  static let all = controlRegisters + segments + descriptorTables + instructionPointerAndFlags

  /// Section 27.3.1.1.
  static let controlRegisters: [StateCheck] = [
    StateCheck("CR0: PE, NE and PG are set, as IA32_VMX_CR0_FIXED0 demands") {
      $0.special.cr0.has(ControlBit.protection | ControlBit.numericError | ControlBit.paging)
    } violate: {
      $0.special.cr0 &= ~ControlBit.numericError
    },
    StateCheck("CR0: reserved bits are clear") {
      $0.special.cr0 & ~0xe005_003f == 0
    } violate: {
      $0.special.cr0 |= 1 << 32
    },
    StateCheck("CR0: PG needs PE") {
      !$0.special.cr0.has(ControlBit.paging) || $0.special.cr0.has(ControlBit.protection)
    } violate: {
      $0.special.cr0 &= ~ControlBit.protection
    },
    StateCheck("CR4: reserved bits are clear") {
      $0.special.cr4 & ~0x03ff_7fff == 0
    } violate: {
      $0.special.cr4 |= 1 << 15
    },
    StateCheck("CR4: CET needs CR0.WP") {
      !$0.special.cr4.has(ControlBit.controlFlow) || $0.special.cr0.has(ControlBit.writeProtect)
    } violate: {
      $0.special.cr4 |= ControlBit.controlFlow
      $0.special.cr0 &= ~ControlBit.writeProtect
    },
    StateCheck("IA-32e mode needs CR0.PG and CR4.PAE") {
      !$0.special.efer.has(ControlBit.longModeActive)
        || $0.special.cr0.has(ControlBit.paging)
          && $0.special.cr4.has(ControlBit.physicalAddressExtension)
    } violate: {
      $0.special.cr4 &= ~ControlBit.physicalAddressExtension
    },
    StateCheck("CR4: PCIDE needs IA-32e mode") {
      !$0.special.cr4.has(ControlBit.processContext)
        || $0.special.efer.has(ControlBit.longModeActive)
    } violate: {
      $0.special.cr4 |= ControlBit.processContext
      $0.special.efer &= ~ControlBit.longModeActive
    },
    StateCheck("CR3: bits beyond the least physical-address width, 36, are clear") {
      $0.special.cr3 >> 36 == 0
    } violate: {
      $0.special.cr3 |= 1 << 52
    },
    StateCheck("EFER: reserved bits are clear") {
      $0.special.efer & ~0xd01 == 0
    } violate: {
      $0.special.efer |= 1 << 9
    },
    StateCheck("EFER: LMA is LME when CR0.PG is set") {
      !$0.special.cr0.has(ControlBit.paging)
        || $0.special.efer.has(ControlBit.longModeActive)
          == $0.special.efer.has(ControlBit.longModeEnable)
    } violate: {
      $0.special.efer &= ~ControlBit.longModeEnable
    },
  ]

  /// Section 27.3.1.3.
  static let descriptorTables: [StateCheck] = [
    StateCheck("GDTR: the base is canonical") {
      $0.special.gdt.base.isCanonical
    } violate: {
      $0.special.gdt.base = 1 << 47
    },
    StateCheck("IDTR: the base is canonical") {
      $0.special.idt.base.isCanonical
    } violate: {
      $0.special.idt.base = 1 << 63
    },
    StateCheck("GDTR: the table holds CS, SS and TR") { state in
      let limit = state.special.gdt.limit
      return state.special.cs.selector | 7 <= limit && state.special.ss.selector | 7 <= limit
        && (state.special.tr.selector | 7) + 8 <= limit
    } violate: {
      $0.special.gdt.limit -= 1
    },
    StateCheck("IDTR: the table holds whole gates") {
      ($0.special.idt.limit + 1) % 16 == 0
    } violate: {
      $0.special.idt.limit -= 8
    },
  ]

  /// Sections 27.3.1.4 and 27.3.1.5.
  static let instructionPointerAndFlags: [StateCheck] = [
    StateCheck("RIP: bits 63 to 32 are clear unless CS is 64-bit in IA-32e mode") {
      $0.general.rip >> 32 == 0
        || $0.special.cs.l == 1 && $0.special.efer.has(ControlBit.longModeActive)
    } violate: {
      $0.general.rip |= 1 << 32
      $0.special.cs.l = 0
    },
    StateCheck("RIP: canonical") {
      $0.general.rip.isCanonical
    } violate: {
      $0.general.rip |= 1 << 47
    },
    StateCheck("RFLAGS: reserved bits 63 to 22, 15, 5 and 3 are clear") {
      $0.general.rflags & 0xffff_ffff_ffc0_8028 == 0
    } violate: {
      $0.general.rflags |= 1 << 15
    },
    StateCheck("RFLAGS: bit 1 is set") {
      $0.general.rflags.has(2)
    } violate: {
      $0.general.rflags = 0
    },
    StateCheck("RFLAGS: VM is clear in IA-32e mode and without CR0.PE") {
      !$0.general.rflags.has(1 << 17)
        || !$0.special.efer.has(ControlBit.longModeActive)
          && $0.special.cr0.has(ControlBit.protection)
    } violate: {
      $0.general.rflags |= 1 << 17
    },
    StateCheck("RFLAGS: IF is set where an external interrupt is injected") {
      $0.general.rflags.has(1 << 9) || $0.special.hasNoPendingInterrupt
    } violate: {
      $0.special.interrupt_bitmap.0 = 1 << 32
    },
  ]
}

extension kvm_sregs {
  /// Whether no external interrupt is to be injected.
  var hasNoPendingInterrupt: Bool {
    interrupt_bitmap.0 | interrupt_bitmap.1 | interrupt_bitmap.2 | interrupt_bitmap.3 == 0
  }
}
