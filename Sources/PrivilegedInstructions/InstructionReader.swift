// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Reads the parts that every instruction is made of (SDM vol. 2, figure 2-1), in their order.
struct InstructionReader: ~Escapable {
  private let bytes: RawSpan
  /// How many bytes have been read.
  private(set) var offset = 0

  /// Prefix 0x66.
  private(set) var hasOperandSize16 = false
  /// Prefix 0x67.
  private(set) var hasAddressSize32 = false
  /// The last of the prefixes 0xF2 and 0xF3.
  private(set) var repetition: UInt8?
  /// The last of the prefixes for FS and GS; 64-bit mode ignores those for the others.
  private(set) var segment: SegmentRegister?
  private var rex = REX()

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes.extracting(first: PrivilegedInstruction.lengthLimit)
  }

  /// The bits of a REX prefix, 0 or 1 each (SDM vol. 2, table 2-4).
  private struct REX {
    var raw: UInt8 = 0
    var w: Bool { raw & 8 != 0 }
    var r: Int { Int(raw >> 2 & 1) }
    var x: Int { Int(raw >> 1 & 1) }
    var b: Int { Int(raw & 1) }
  }

  /// The next byte; nil at the end of the bytes or of the longest instruction.
  mutating func next() -> UInt8? {
    guard offset < bytes.byteCount else { return nil }
    defer { offset += 1 }
    // SAFETY: the offset has been checked, and any byte is a UInt8.
    return unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// The next `count` bytes, 1 to 4, as a little-endian number.
  mutating func littleEndian(_ count: Int) -> UInt32? {
    var value: UInt32 = 0
    for index in 0..<count {
      guard let byte = next() else { return nil }
      value |= UInt32(byte) << (8 * index)
    }
    return value
  }

  /// The first byte of the opcode, behind all prefixes; nil also for LOCK, which none of the
  /// instructions that are decoded here may have.
  mutating func opcode() -> UInt8? {
    while let byte = next() {
      switch byte {
      case 0x66: hasOperandSize16 = true
      case 0x67: hasAddressSize32 = true
      case 0xf2, 0xf3: repetition = byte
      case 0x64: segment = .fs
      case 0x65: segment = .gs
      case 0x26, 0x2e, 0x36, 0x3e: break
      case 0xf0: return nil
      case 0x40...0x4f:
        rex = REX(raw: byte)
        continue
      default: return byte
      }
      // A REX prefix counts only directly before the opcode (SDM vol. 2, section 2.2.1).
      rex = REX()
    }
    return nil
  }

  /// Whether there is none of the prefixes that select another instruction (NP in the SDM).
  var hasNoMandatoryPrefix: Bool { !hasOperandSize16 && repetition == nil }

  /// The width in bytes of an operand that is of 32 bits by default.
  var operandWidth: Int { rex.w ? 8 : hasOperandSize16 ? 2 : 4 }

  /// A ModR/M byte (SDM vol. 2, section 2.1.3).
  struct ModRM {
    /// The fields as they are, without REX.
    let mode, register, operand: UInt8
    /// `register` and `operand` as the numbers of registers, with REX.R and REX.B.
    let registerNumber, operandNumber: Int

    var isMemory: Bool { mode != 3 }
  }

  /// Reads a ModR/M byte, and nothing of what may follow it.
  mutating func modRM() -> ModRM? {
    guard let byte = next() else { return nil }
    let (register, operand) = (byte >> 3 & 7, byte & 7)
    return ModRM(
      mode: byte >> 6, register: register, operand: operand,
      registerNumber: Int(register) | rex.r << 3, operandNumber: Int(operand) | rex.b << 3)
  }

  /// Reads the rest of the memory operand of `modRM` (SDM vol. 2, tables 2-2, 2-3, 2-5 and 2-7).
  mutating func memory(_ modRM: ModRM) -> MemoryOperand? {
    var operand = MemoryOperand(
      base: .register(modRM.operandNumber), segment: segment, hasAddressSize32: hasAddressSize32)
    var width = modRM.mode == 2 ? 4 : Int(modRM.mode)
    switch (modRM.mode, modRM.operand) {
    case (_, 4):
      guard let byte = next() else { return nil }
      let index = Int(byte >> 3 & 7) | rex.x << 3
      if index != 4 {
        operand.index = index
        operand.scale = 1 << Int(byte >> 6)
      }
      operand.base = .register(Int(byte & 7) | rex.b << 3)
      if modRM.mode == 0, byte & 7 == 5 {
        operand.base = .none
        width = 4
      }
    case (0, 5):
      operand.base = .nextInstruction
      width = 4
    default: break
    }
    guard let raw = littleEndian(width) else { return nil }
    operand.displacement =
      width == 1 ? Int64(Int8(truncatingIfNeeded: raw)) : Int64(Int32(bitPattern: raw))
    return operand
  }

  /// Reads the rest of a 16-bit operand in a register or in memory.
  mutating func selector(_ modRM: ModRM) -> SelectorOperand? {
    modRM.isMemory ? memory(modRM).map { .memory($0) } : .register(modRM.operandNumber)
  }
}
