// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions
import Testing

@Suite struct PrefixTests {
  /// Segment overrides that 64-bit mode ignores.
  private static let ignored: [UInt8] = [0x2e, 0x36, 0x3e, 0x26]

  /// Encodings whose operation no prefix but LOCK and REX changes.
  private static let withoutMemory = Encoding.all.filter {
    switch $0.operation {
    case .loadGlobalTable, .loadInterruptTable, .loadTaskRegister(.memory),
      .loadSegment(_, .memory):
      false
    default: true
    }
  }

  private func expect(
    _ bytes: [UInt8], _ operation: Operation?,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let instruction = PrivilegedInstruction(bytes)
    #expect(instruction?.operation == operation, "\(bytes)", sourceLocation: sourceLocation)
    if let instruction {
      #expect(instruction.length == bytes.count, "\(bytes)", sourceLocation: sourceLocation)
    }
    for count in 0..<bytes.count {
      #expect(PrivilegedInstruction(Array(bytes.prefix(count))) == nil)
    }
  }

  @Test(arguments: Encoding.all)
  func overridesOf32BitSegmentsAreIgnored(_ encoding: Encoding) {
    for first in Self.ignored {
      expect([first] + encoding.bytes, encoding.operation)
      for second in Self.ignored { expect([first, second] + encoding.bytes, encoding.operation) }
    }
  }

  @Test(arguments: withoutMemory)
  func addressPrefixesDoNotMatterWithoutAnAddress(_ encoding: Encoding) {
    for prefix: UInt8 in [0x67, 0x64, 0x65] {
      expect([prefix] + encoding.bytes, encoding.operation)
      expect([0x65, prefix, 0x26, 0x67] + encoding.bytes, encoding.operation)
    }
  }

  @Test(arguments: Encoding.all.filter { !$0.mayBeAnother })
  func repetitionIsIgnored(_ encoding: Encoding) {
    for prefixes: [UInt8] in [[0xf2], [0xf3], [0xf2, 0xf3], [0xf3, 0x2e, 0xf3]] {
      expect(prefixes + encoding.bytes, encoding.operation)
    }
  }

  @Test(arguments: Encoding.all.filter { !$0.mayBeAnother })
  func operandSizeIsTheWidthOfReturns(_ encoding: Encoding) {
    let expected: Operation =
      switch encoding.operation {
      case .farReturn(_, let popped): .farReturn(width: 2, popped: popped)
      case .interruptReturn: .interruptReturn(width: 2)
      default: encoding.operation
      }
    expect([0x66] + encoding.bytes, expected)
    expect([0x66, 0xf2, 0x66] + encoding.bytes, expected)
    // A REX prefix that is not the last one counts for nothing.
    expect([0x4f, 0x66] + encoding.bytes, expected)
    expect([0x66, 0x4f, 0x2e, 0x40] + encoding.bytes, expected)
  }

  @Test(arguments: [[0x48], [0x66, 0x48], [0x48, 0x2e, 0x66, 0x48], [0x4f]] as [[UInt8]])
  func rexMakesReturnsWide(prefixes: [UInt8]) {
    expect(prefixes + [0xcb], .farReturn(width: 8, popped: 0))
    expect(prefixes + [0xca, 0xff, 0xfe], .farReturn(width: 8, popped: 0xfeff))
    expect(prefixes + [0xcf], .interruptReturn(width: 8))
  }

  @Test(arguments: Encoding.all.filter(\.mayBeAnother))
  func mandatoryPrefixSelectsAnotherInstruction(_ encoding: Encoding) {
    // Of F2 and F3 the last one counts.
    if encoding.bytes.first != 0xf3 { expect([0xf2] + encoding.bytes, nil) }
    expect([0xf3, 0xf2] + encoding.bytes.drop { $0 == 0xf3 }, nil)
    if encoding.bytes.first == 0x0f, !encoding.bytes.starts(with: [0x0f, 0xc7, 0x31]) {
      expect([0xf3] + encoding.bytes, nil)
      expect([0x66] + encoding.bytes, nil)
    }
  }

  /// The processor refuses LOCK before each of these.
  @Test(arguments: Encoding.all)
  func lockedInstructionIsNone(_ encoding: Encoding) {
    for prefixes: [UInt8] in [[0xf0], [0xf0, 0x2e], [0x2e, 0xf0], [0x48, 0xf0], [0xf0, 0x48]] {
      expect(prefixes + encoding.bytes, nil)
    }
  }

  @Test func rexExtendsRegisters() {
    for number in 0..<16 {
      let (low, rex) = (UInt8(number & 7), UInt8(0x40 | number >> 3))
      for ignored: UInt8 in [0, 8, 2, 4, 14] {
        expect([rex | ignored, 0x0f, 0x00, 0xd8 | low], .loadTaskRegister(.register(number)))
        expect([rex | ignored, 0x8e, 0xd0 | low], .loadSegment(.ss, .register(number)))
      }
      for mode: UInt8 in [0, 0x40, 0x80, 0xc0] {
        expect([rex, 0x0f, 0x20, mode | 0x10 | low], .readControlRegister(2, into: number))
        expect([rex | 4, 0x0f, 0x20, mode | low], .readControlRegister(8, into: number))
        expect([rex | 4, 0x0f, 0x22, mode | low], .other(.moveControl))
        // Not directly before the opcode.
        expect([rex | 4, 0x66, 0x0f, 0x20, mode | low], .readControlRegister(0, into: Int(low)))
      }
    }
  }

  @Test(arguments: Encoding.all)
  func instructionHasAtMost15Bytes(_ encoding: Encoding) {
    let room = 15 - encoding.bytes.count
    expect(Array(repeating: 0x2e, count: room) + encoding.bytes, encoding.operation)
    for count in room + 1..<20 {
      #expect(
        PrivilegedInstruction(Array(repeating: 0x2e, count: count) + encoding.bytes) == nil)
    }
  }
}
