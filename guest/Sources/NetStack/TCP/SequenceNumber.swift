// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A sequence number of TCP, which counts modulo 2^32 (RFC 9293, section 3.4). Which of two comes first
/// is decided by the shorter way round.
public struct SequenceNumber: Hashable, Sendable {
  /// The number on the wire.
  public let rawValue: UInt32

  /// The number on the wire as a sequence number.
  public init(_ rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The number `distance` behind `number`.
  public static func + (number: SequenceNumber, distance: Int) -> SequenceNumber {
    SequenceNumber(number.rawValue &+ UInt32(truncatingIfNeeded: distance))
  }

  /// How far `left` is behind `right`: negative when it is in front.
  public static func - (left: SequenceNumber, right: SequenceNumber) -> Int {
    Int(Int32(bitPattern: left.rawValue &- right.rawValue))
  }

  /// Whether `left` is in front of `right`.
  public static func < (left: SequenceNumber, right: SequenceNumber) -> Bool { left - right < 0 }

  /// Whether `left` is in front of `right` or the same.
  public static func <= (left: SequenceNumber, right: SequenceNumber) -> Bool { left - right <= 0 }

  /// Whether `left` is behind `right`.
  public static func > (left: SequenceNumber, right: SequenceNumber) -> Bool { left - right > 0 }

  /// Whether `left` is behind `right` or the same.
  public static func >= (left: SequenceNumber, right: SequenceNumber) -> Bool { left - right >= 0 }
}
