// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions
import Testing

@Suite struct MemoryOperandTests {
  private static let next: UInt64 = 0x0010_0000_1234

  /// Registers with values that tell them apart.
  private static func register(_ number: Int) -> UInt64 { 0x1_0000_0000 << number | 0x1000 }

  private static func address(
    _ operand: MemoryOperand, next: UInt64 = next, registers: (Int) -> UInt64 = register
  ) -> UInt64 {
    operand.address(nextInstruction: next, register: registers)
  }

  @Test func partsAreAdded() {
    #expect(Self.address(MemoryOperand(base: .none, displacement: 0x1234)) == 0x1234)
    #expect(Self.address(MemoryOperand(base: .register(3))) == 0x8_0000_1000)
    #expect(Self.address(MemoryOperand(base: .register(3), displacement: -8)) == 0x8_0000_0ff8)
    #expect(
      Self.address(MemoryOperand(base: .nextInstruction, displacement: -0x234)) == 0x10_0000_1000)
    for scale in [1, 2, 4, 8] {
      let operand = MemoryOperand(
        base: .register(0), index: 12, scale: scale, displacement: 1, segment: .gs)
      #expect(
        Self.address(operand) == 0x1_0000_1001 + UInt64(scale) * 0x1000_0000_1000)
    }
    #expect(
      Self.address(MemoryOperand(base: .none, index: 1, scale: 8)) == 0x10_0000_8000)
  }

  @Test func addressWraps() {
    #expect(Self.address(MemoryOperand(base: .none, displacement: -1)) == .max)
    #expect(
      Self.address(MemoryOperand(base: .register(0), displacement: 2), registers: { _ in .max })
        == 1)
    #expect(
      Self.address(MemoryOperand(base: .nextInstruction, displacement: -0x8000_0000), next: 0)
        == 0xffff_ffff_8000_0000)
    #expect(
      Self.address(
        MemoryOperand(base: .register(0), index: 1, scale: 8), registers: { _ in 1 << 63 | 1 })
        == 0x8000_0000_0000_0009)
  }

  @Test func addressOf32BitsIsCutOff() {
    #expect(
      Self.address(MemoryOperand(base: .none, displacement: -1, hasAddressSize32: true))
        == 0xffff_ffff)
    #expect(
      Self.address(MemoryOperand(base: .register(5), displacement: 1, hasAddressSize32: true))
        == 0x1001)
    #expect(
      Self.address(
        MemoryOperand(base: .nextInstruction, displacement: -0x2000, hasAddressSize32: true))
        == 0xffff_f234)
    let sum = MemoryOperand(base: .register(0), index: 1, scale: 4, hasAddressSize32: true)
    #expect(Self.address(sum, registers: { _ in 0xdead_beef_4000_0001 }) == 0x4000_0005)
  }

  /// An operand that no instruction encodes is computed with all the same.
  @Test(arguments: [0, -1, 3, .min, .max])
  func anyScaleIsTaken(scale: Int) {
    let operand = MemoryOperand(base: .none, index: 0, scale: scale)
    #expect(Self.address(operand, registers: { _ in 2 }) == UInt64(bitPattern: Int64(scale)) &* 2)
  }

  @Test func lengthIsPartOfARelativeAddress() throws {
    // lgdt [rip + 0x10] at 0x1000, and the same with a prefix.
    for prefixes: [UInt8] in [[], [0x2e]] {
      let instruction = try #require(
        PrivilegedInstruction(prefixes + [0x0f, 0x01, 0x15, 0x10, 0, 0, 0]))
      guard case .loadGlobalTable(let operand) = instruction.operation else {
        Issue.record("\(instruction)")
        return
      }
      let next = 0x1000 + UInt64(instruction.length)
      #expect(Self.address(operand, next: next) == 0x1017 + UInt64(prefixes.count))
    }
  }
}
