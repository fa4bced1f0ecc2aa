// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux

/// The consistency checks that VMRUN makes (APM vol. 2, section 15.5.1), of what the vCPU's state
/// holds. What KVM itself adds (EFER.SVME, the ASID, the intercepts and bitmaps) is not ours to check;
/// DR6 and DR7 keep their reset values, which pass.
enum AMDEntryChecks {
  static let all: [StateCheck] = [
    StateCheck("CR0: NW is clear unless CD is set") {
      $0.special.cr0.has(ControlBit.cacheDisable)
        || !$0.special.cr0.has(ControlBit.notWriteThrough)
    } violate: {
      $0.special.cr0 |= ControlBit.notWriteThrough
    },
    StateCheck("CR0: bits 63 to 32 are clear") {
      $0.special.cr0 >> 32 == 0
    } violate: {
      $0.special.cr0 |= 1 << 40
    },
    StateCheck("CR3: bits 63 to 52 are clear, and those of long mode that must be zero") {
      $0.special.cr3 & 0xfff0_0000_0000_0fe7 == 0
    } violate: {
      $0.special.cr3 |= 1 << 63
    },
    StateCheck("CR4: bits that must be zero are") {
      $0.special.cr4 & ~0x00f7_1fff == 0
    } violate: {
      $0.special.cr4 |= 1 << 13
    },
    StateCheck("CR4: CET needs CR0.WP") {
      !$0.special.cr4.has(ControlBit.controlFlow) || $0.special.cr0.has(ControlBit.writeProtect)
    } violate: {
      $0.special.cr4 |= ControlBit.controlFlow
      $0.special.cr0 &= ~ControlBit.writeProtect
    },
    StateCheck("EFER: bits that must be zero are") {
      $0.special.efer & ~0x36_fd01 == 0
    } violate: {
      $0.special.efer |= 1 << 63
    },
    StateCheck("EFER.LME and CR0.PG need CR4.PAE") {
      !$0.isLongModeOn || $0.special.cr4.has(ControlBit.physicalAddressExtension)
    } violate: {
      $0.special.cr4 &= ~ControlBit.physicalAddressExtension
    },
    StateCheck("EFER.LME and CR0.PG need CR0.PE") {
      !$0.isLongModeOn || $0.special.cr0.has(ControlBit.protection)
    } violate: {
      $0.special.cr0 &= ~ControlBit.protection
    },
    StateCheck("EFER.LME, CR0.PG, CR4.PAE, CS.L and CS.D are not all set") {
      !$0.isLongModeOn || !$0.special.cr4.has(ControlBit.physicalAddressExtension)
        || $0.special.cs.l == 0 || $0.special.cs.db == 0
    } violate: {
      $0.special.cs.db = 1
    },
    // KVM makes the VMCB's CPL from SS.DPL, where Intel has none (section 15.5.1, "Segment State").
    StateCheck("CPL: SS.DPL is the RPL of CS") {
      UInt16($0.special.ss.dpl) == $0.special.cs.selector & 3
    } violate: {
      $0.special.ss.dpl = 0
    },
    StateCheck("no event is injected") {
      $0.special.hasNoPendingInterrupt
    } violate: {
      $0.special.interrupt_bitmap.3 = 1
    },
  ]
}

extension EntryState {
  fileprivate var isLongModeOn: Bool {
    special.efer.has(ControlBit.longModeEnable) && special.cr0.has(ControlBit.paging)
  }
}
