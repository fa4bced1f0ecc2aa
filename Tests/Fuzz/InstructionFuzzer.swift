// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions

/// Decodes any bytes as an instruction, and checks what the decoder promises of one that it finds.
@c(LLVMFuzzerTestOneInput)
public func fuzzInstruction(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  // SAFETY: libFuzzer passes `size` readable bytes at `data`, which is nil only for none.
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  // SAFETY: bytes have no padding.
  let span = unsafe bytes.span.bytes
  guard let instruction = PrivilegedInstruction(decoding: span) else { return 0 }
  let length = instruction.length
  precondition((1...15).contains(length) && length <= size)
  precondition(!instruction.name.isEmpty)
  // All of it counts, and nothing behind it.
  for count in 0..<length {
    precondition(PrivilegedInstruction(decoding: span.extracting(first: count)) == nil)
  }
  for count in length..<size {
    precondition(PrivilegedInstruction(decoding: span.extracting(first: count)) == instruction)
  }
  check(instruction.operation)
  return 0
}

private func check(_ operation: PrivilegedInstruction.Operation) {
  switch operation {
  case .loadGlobalTable(let operand), .loadInterruptTable(let operand): check(operand)
  case .loadTaskRegister(.memory(let operand)), .loadSegment(_, .memory(let operand)):
    check(operand)
  case .loadTaskRegister(.register(let number)), .loadSegment(_, .register(let number)):
    precondition((0..<16).contains(number))
  case .farReturn(let width, _), .interruptReturn(let width):
    precondition([2, 4, 8].contains(width))
  case .readControlRegister(let control, let number):
    precondition([0, 2, 3, 4, 8].contains(control) && (0..<16).contains(number))
  case .softwareInterrupt, .clearInterrupts, .setInterrupts, .halt, .writeMSR, .readMSR, .other:
    break
  }
}

private func check(_ operand: MemoryOperand) {
  if case .register(let number) = operand.base { precondition((0..<16).contains(number)) }
  if let index = operand.index { precondition((0..<16).contains(index) && index != 4) }
  precondition([1, 2, 4, 8].contains(operand.scale))
  precondition(Int64(Int32.min)...Int64(Int32.max) ~= operand.displacement)
  precondition([nil, .fs, .gs].contains(operand.segment))
  for value in [0, 1, 0x7fff_ffff_ffff_ffff, .max] as [UInt64] {
    let address = operand.address(nextInstruction: value) { number in
      precondition((0..<16).contains(number))
      return value &+ UInt64(number)
    }
    precondition(!operand.hasAddressSize32 || address <= 0xffff_ffff)
  }
}
