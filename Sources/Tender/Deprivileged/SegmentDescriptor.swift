// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An entry of a guest's GDT (SDM vol. 3, figures 3-8 and 8-4).
struct SegmentDescriptor {
  /// The type of a TSS that no processor uses.
  static let availableTaskState: UInt64 = 9

  let bits: UInt64

  var type: UInt64 { bits >> 40 & 0xf }
  var isSystem: Bool { bits >> 44 & 1 == 0 }
  var privilege: UInt64 { bits >> 45 & 3 }
  var isPresent: Bool { bits >> 47 & 1 == 1 }
  /// Whether the type is what the upper half of a system descriptor has in its place.
  var isEmptyType: Bool { isSystem && type == 0 }
  private var isLong: Bool { bits >> 53 & 1 == 1 }
  private var isDefault32: Bool { bits >> 54 & 1 == 1 }

  /// The lower 32 bits of the base.
  var base: UInt64 { bits >> 16 & 0xff_ffff | (bits >> 56) << 24 }
  /// The offset of the last byte.
  var limit: UInt64 {
    let limit = bits & 0xffff | bits >> 32 & 0xf_0000
    let isInPages = bits >> 55 & 1 == 1
    return isInPages ? limit << 12 | 0xfff : limit
  }

  var isCode: Bool { !isSystem && type & 8 != 0 }
  var is64Bit: Bool { isLong && !isDefault32 }
  var isWritableData: Bool { !isSystem && type & 0xa == 2 }
  var isReadable: Bool { !isSystem && type & 0xa != 8 }
}

/// An entry of a guest's IDT, 16 bytes (SDM vol. 3, figure 6-8).
struct InterruptGate {
  static let size: UInt64 = 16

  let low: UInt64
  let high: UInt64

  var isPresent: Bool { low >> 47 & 1 == 1 }
  private var type: UInt64 { low >> 40 & 0x1f }
  /// Whether it is an interrupt gate or a trap gate.
  var isGate: Bool { type == 0xe || type == 0xf }
  var disablesInterrupts: Bool { type == 0xe }
  var selector: UInt16 { UInt16(truncatingIfNeeded: low >> 16) }
  /// 1 to 7 for a stack of the task state, 0 for the current one.
  var stackTableIndex: UInt64 { low >> 32 & 7 }
  var target: UInt64 { low & 0xffff | (low >> 48) << 16 | high << 32 }
}
