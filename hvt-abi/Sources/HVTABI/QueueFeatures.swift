// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CHVTABI

/// What a queue is for (SPEC.md, "The table").
public enum QueueKind: UInt16, CaseIterable, Sendable {
  case receive = 1
  case transmit = 2
  case request = 3
}

/// What a queue can do, or a guest understands (SPEC.md, "Net" and "Block" of "Queues").
public struct QueueFeatures: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt32

  /// Makes the set of the bits `rawValue`.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Checksums that are not complete yet.
  public static let checksum = Self(rawValue: UInt32(HVT_QUEUE_CHECKSUM))
  /// TCP over IPv4 in segments of up to 64 KiB.
  public static let tso4 = Self(rawValue: UInt32(HVT_QUEUE_TSO4))
  /// TCP over IPv6 in segments of up to 64 KiB.
  public static let tso6 = Self(rawValue: UInt32(HVT_QUEUE_TSO6))
  /// VIRTIO_BLK_T_DISCARD.
  public static let discard = Self(rawValue: UInt32(HVT_QUEUE_DISCARD))
  /// VIRTIO_BLK_T_WRITE_ZEROES.
  public static let writeZeroes = Self(rawValue: UInt32(HVT_QUEUE_WRITE_ZEROES))
}
