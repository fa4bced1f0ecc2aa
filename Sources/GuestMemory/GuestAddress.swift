// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An address in a guest's memory, where physical and virtual are the same. It says nothing about
/// whether there is memory.
public struct GuestAddress: RawRepresentable, Hashable, Comparable, Sendable {
  /// The address as a number.
  public var rawValue: UInt64

  /// The address `rawValue`.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The address `rawValue`.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Whether `a` lies below `b`.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension GuestAddress: CustomStringConvertible {
  /// In hexadecimal, as "0x1f000".
  public var description: String { "0x" + String(rawValue, radix: 16) }
}
