// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A memory operand as an instruction encodes it: base + index * scale + displacement.
public struct MemoryOperand: Equatable, Sendable {
  /// What the address counts from.
  public var base: Base
  /// The number of the index register, never 4.
  public var index: Int?
  /// What the index is multiplied by: 1, 2, 4 or 8.
  public var scale: Int
  /// The displacement, sign-extended.
  public var displacement: Int64
  /// FS or GS, by prefix; nil for the others, whose base is 0 in 64-bit mode.
  public var segment: SegmentRegister?
  /// Whether the address is computed in 32 bits (prefix 0x67).
  public var hasAddressSize32: Bool

  /// An operand with these parts.
  public init(
    base: Base, index: Int? = nil, scale: Int = 1, displacement: Int64 = 0,
    segment: SegmentRegister? = nil, hasAddressSize32: Bool = false
  ) {
    self.base = base
    self.index = index
    self.scale = scale
    self.displacement = displacement
    self.segment = segment
    self.hasAddressSize32 = hasAddressSize32
  }

  /// What an address counts from.
  public enum Base: Equatable, Sendable {
    /// Zero.
    case none
    /// A general register.
    case register(Int)
    /// The address of the next instruction.
    case nextInstruction
  }

  /// The effective address without the segment's base; wraps as the processor's does (SDM vol. 1,
  /// section 3.7.5).
  public func address(nextInstruction: UInt64, register: (Int) -> UInt64) -> UInt64 {
    var address = UInt64(bitPattern: displacement)
    switch base {
    case .none: break
    case .register(let number): address &+= register(number)
    case .nextInstruction: address &+= nextInstruction
    }
    if let index { address &+= register(index) &* UInt64(truncatingIfNeeded: scale) }
    return hasAddressSize32 ? address & 0xffff_ffff : address
  }
}
