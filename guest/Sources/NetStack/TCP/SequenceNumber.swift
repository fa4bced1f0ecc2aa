// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A sequence number (RFC 9293, section 3.4). They are compared as if they were close to each other:
/// by the distance modulo 2^32, so that of three each may come before the next.
public struct SequenceNumber: Hashable, Sendable {
  /// The number on the wire.
  public var rawValue: UInt32

  /// The sequence number that is `rawValue` on the wire.
  @inlinable
  public init(_ rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The number `distance` behind `number`.
  @inlinable
  public static func + (number: Self, distance: Int) -> Self {
    Self(number.rawValue &+ UInt32(truncatingIfNeeded: distance))
  }

  /// The number `distance` before `number`.
  @inlinable
  public static func - (number: Self, distance: Int) -> Self {
    Self(number.rawValue &- UInt32(truncatingIfNeeded: distance))
  }

  /// Moves `number` forward.
  @inlinable
  public static func += (number: inout Self, distance: Int) {
    number = number + distance
  }

  /// How far `left` is behind `right`: below 0 when it comes before it.
  @inlinable
  public static func - (left: Self, right: Self) -> Int {
    Int(Int32(truncatingIfNeeded: left.rawValue &- right.rawValue))
  }

  /// Whether `left` comes before `right`.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left - right < 0 }

  /// Whether `left` comes before `right` or is the same.
  @inlinable
  public static func <= (left: Self, right: Self) -> Bool { left - right <= 0 }

  /// Whether `left` comes behind `right`.
  @inlinable
  public static func > (left: Self, right: Self) -> Bool { left - right > 0 }

  /// Whether `left` comes behind `right` or is the same.
  @inlinable
  public static func >= (left: Self, right: Self) -> Bool { left - right >= 0 }
}
