// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PrivilegedInstructions
import Testing

typealias Operation = PrivilegedInstruction.Operation

extension PrivilegedInstruction {
  /// Decodes the instruction that `bytes` begin with.
  init?(_ bytes: [UInt8]) {
    // SAFETY: bytes have no padding.
    unsafe self.init(decoding: bytes.span.bytes)
  }
}

/// One encoding, and what it is.
struct Encoding: CustomTestStringConvertible {
  /// The opcode, with the prefix that it may require, and all operands.
  let bytes: [UInt8]
  let operation: Operation
  let name: String
  /// Whether 66, F2 and F3 make another instruction of it.
  let mayBeAnother: Bool

  init(
    _ bytes: [UInt8], _ operation: Operation, _ name: String, mayBeAnother: Bool = false
  ) {
    self.bytes = bytes
    self.operation = operation
    self.name = name
    self.mayBeAnother = mayBeAnother
  }

  /// An encoding of an instruction that has no more than a name.
  init(_ bytes: [UInt8], _ name: PrivilegedInstruction.Name, mayBeAnother: Bool = false) {
    self.init(bytes, .other(name), name.rawValue, mayBeAnother: mayBeAnother)
  }

  var testDescription: String { "\(name): \(hexadecimal(bytes))" }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
