// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Where an instruction takes a segment selector from: 16 bits of a register or of memory.
public enum SelectorOperand: Equatable, Sendable {
  /// The low 16 bits of a general register.
  case register(Int)
  /// Two bytes of memory.
  case memory(MemoryOperand)
}
