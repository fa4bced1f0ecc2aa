// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions
import Testing

@Suite struct ObjdumpTests {
  static let lines = ObjdumpSample.lines.split(separator: "\n").map(String.init)

  @Test(arguments: lines)
  func otherDisassemblerAgrees(line: String) throws {
    let parts = line.split(separator: " ", maxSplits: 1)
    let digits = Array(parts[0])
    let bytes = try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(digits[$0..<$0 + 2]), radix: 16))
    }
    let instruction = try #require(PrivilegedInstruction(bytes))
    #expect(instruction.length == bytes.count)
    #expect(text(instruction.operation) == parts[1])
    for count in 0..<bytes.count {
      #expect(PrivilegedInstruction(Array(bytes.prefix(count))) == nil)
    }
  }

  private func text(_ operation: Operation) -> String {
    switch operation {
    case .loadGlobalTable(let operand): text("lgdt ", operand)
    case .loadInterruptTable(let operand): text("lidt ", operand)
    case .loadTaskRegister(let operand): text("ltr ", operand)
    case .loadSegment(let segment, let operand): text("mov \(segment),", operand)
    case .farReturn(let width, let popped):
      "retf" + suffix(width) + (popped == 0 ? "" : " 0x" + String(popped, radix: 16))
    case .interruptReturn(let width): "iret" + suffix(width)
    case .softwareInterrupt(let vector): "int 0x" + String(vector, radix: 16)
    case .readControlRegister(let control, let number): "mov \(name(number)),cr\(control)"
    default: "\(operation)"
    }
  }

  private func suffix(_ width: Int) -> String { width == 2 ? "w" : width == 8 ? "q" : "" }

  private func name(_ register: Int) -> String {
    register < 8
      ? ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"][register] : "r\(register)"
  }

  private func text(_ start: String, _ operand: SelectorOperand) -> String {
    switch operand {
    case .register(let number): start + name(number)
    case .memory(let memory): text(start, memory)
    }
  }

  private func text(_ start: String, _ operand: MemoryOperand) -> String {
    var terms: [String] = []
    switch operand.base {
    case .none: break
    case .register(let number): terms.append(name(number))
    case .nextInstruction: terms.append("rip")
    }
    if let index = operand.index { terms.append("\(name(index))*\(operand.scale)") }
    var address = terms.joined(separator: "+")
    if operand.displacement != 0 || terms.isEmpty {
      let sign = operand.displacement < 0 ? "-" : "+"
      address += sign + "0x" + String(operand.displacement.magnitude, radix: 16)
    }
    return (operand.hasAddressSize32 ? "addr32 " : "") + start
      + (operand.segment.map { "\($0):" } ?? "") + "[\(address)]"
  }
}
