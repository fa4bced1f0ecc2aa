// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions
import Testing

/// A memory operand as its parts are encoded, from which the bytes are made.
struct EncodedOperand {
  var bytes: [UInt8] = []
  var rex: UInt8 = 0
  var operand: MemoryOperand

  /// ModR/M, displacement: without SIB.
  static func simple(_ base: Int, _ displacement: Displacement) -> EncodedOperand {
    EncodedOperand(
      bytes: [displacement.mode << 6 | UInt8(base & 7)] + displacement.bytes,
      rex: UInt8(base >> 3),
      operand: MemoryOperand(base: .register(base), displacement: displacement.value))
  }

  /// ModR/M, SIB, displacement. The index 4 is none.
  static func scaled(
    _ base: Int, _ index: Int, _ logarithm: Int, _ displacement: Displacement
  ) -> EncodedOperand {
    var operand = MemoryOperand(base: .register(base), displacement: displacement.value)
    if index != 4 { (operand.index, operand.scale) = (index, 1 << logarithm) }
    let sib = UInt8(logarithm << 6 | (index & 7) << 3 | base & 7)
    return EncodedOperand(
      bytes: [displacement.mode << 6 | 4, sib] + displacement.bytes,
      rex: UInt8(base >> 3 | (index >> 3) << 1), operand: operand)
  }
}

/// A displacement with the mode that says its size.
struct Displacement {
  let mode: UInt8
  let value: Int64

  static let all = [
    Displacement(mode: 0, value: 0), Displacement(mode: 1, value: 0),
    Displacement(mode: 1, value: 0x7f), Displacement(mode: 1, value: -0x80),
    Displacement(mode: 1, value: -1), Displacement(mode: 2, value: 0),
    Displacement(mode: 2, value: 0x80), Displacement(mode: 2, value: 0x7fff_ffff),
    Displacement(mode: 2, value: -0x8000_0000), Displacement(mode: 2, value: 0x1234_5678),
    Displacement(mode: 2, value: -1),
  ]

  var bytes: [UInt8] {
    (0..<[0, 1, 4][Int(mode)]).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

@Suite struct AddressingTests {
  /// Checks the operand with each instruction that has one, and each prefix that touches it.
  private func expect(_ encoded: EncodedOperand, sourceLocation: SourceLocation = #_sourceLocation)
  {
    for (opcode, make) in Self.instructions {
      for (prefixes, segment, is32) in Self.prefixes {
        var bytes = prefixes
        if encoded.rex != 0 || segment == .gs { bytes.append(0x40 | encoded.rex) }
        bytes += opcode.dropLast()
        bytes += [encoded.bytes[0] | (opcode.last ?? 0) << 3] + encoded.bytes.dropFirst()
        var operand = encoded.operand
        operand.segment = segment
        operand.hasAddressSize32 = is32
        let instruction = PrivilegedInstruction(bytes)
        // An #expect for each of them would take minutes.
        if instruction?.operation != make(operand) || instruction?.length != bytes.count {
          Issue.record(
            "\(hexadecimal(bytes)): \(instruction as Any)", sourceLocation: sourceLocation)
        }
      }
    }
  }

  /// Opcodes with the extension in ModR/M behind them.
  private static let instructions: [([UInt8], @Sendable (MemoryOperand) -> Operation)] = [
    ([0x0f, 0x01, 2], { .loadGlobalTable($0) }), ([0x0f, 0x01, 3], { .loadInterruptTable($0) }),
    ([0x0f, 0x00, 3], { .loadTaskRegister(.memory($0)) }),
    ([0x8e, 3], { .loadSegment(.ds, .memory($0)) }),
  ]

  private static let prefixes: [([UInt8], SegmentRegister?, Bool)] = [
    ([], nil, false), ([0x67], nil, true), ([0x64], .fs, false), ([0x67, 0x65], .gs, true),
    ([0x65, 0x2e, 0x64, 0x3e, 0x66], .fs, false),
  ]

  @Test(arguments: 0..<16)
  func registerIsTheBase(base: Int) {
    for displacement in Displacement.all {
      // 4 is the escape to SIB, and 5 without a displacement that to RIP.
      if base & 7 == 4 || (base & 7 == 5 && displacement.mode == 0) { continue }
      expect(.simple(base, displacement))
    }
  }

  @Test(arguments: 0..<16, 0..<16)
  func indexIsScaled(base: Int, index: Int) {
    for displacement in Displacement.all where base & 7 != 5 || displacement.mode != 0 {
      for logarithm in 0..<4 { expect(.scaled(base, index, logarithm, displacement)) }
    }
  }

  @Test(arguments: [5, 13], 0..<16)
  func baseMayBeNone(base: Int, index: Int) {
    for value in [0, 1, 0x7fff_ffff, -1, -0x8000_0000] as [Int64] {
      for logarithm in 0..<4 {
        var encoded = EncodedOperand.scaled(
          base, index, logarithm, Displacement(mode: 2, value: value))
        encoded.bytes[0] = 4
        encoded.operand.base = .none
        expect(encoded)
      }
    }
  }

  @Test(arguments: [5, 13])
  func addressMayBeRelativeToTheInstruction(base: Int) {
    for value in [0, 1, 0x7fff_ffff, -1, -0x8000_0000] as [Int64] {
      var encoded = EncodedOperand.simple(base, Displacement(mode: 2, value: value))
      encoded.bytes[0] = 5
      encoded.operand.base = .nextInstruction
      expect(encoded)
    }
  }

  @Test func cutOffOperandIsNone() {
    for displacement in Displacement.all {
      for operand in [EncodedOperand.simple(3, displacement), .scaled(4, 1, 1, displacement)] {
        let bytes: [UInt8] = [0x67, 0x41, 0x8e] + operand.bytes
        #expect(PrivilegedInstruction(bytes)?.length == bytes.count)
        for count in 0..<bytes.count {
          #expect(PrivilegedInstruction(Array(bytes.prefix(count))) == nil)
        }
      }
    }
  }

  /// The last byte of the displacement is the first that is too much.
  @Test func operandCountsForTheLength() {
    let operand = EncodedOperand.scaled(12, 4, 0, Displacement(mode: 2, value: -1))
    let lgdt: [UInt8] = [0x41, 0x0f, 0x01, operand.bytes[0] | 2 << 3] + operand.bytes.dropFirst()
    for count in 0..<8 {
      let bytes = Array(repeating: 0x64, count: count) + lgdt
      #expect(PrivilegedInstruction(bytes)?.length == (bytes.count <= 15 ? bytes.count : nil))
    }
  }
}
