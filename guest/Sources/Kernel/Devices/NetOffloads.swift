// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// What a net device does for the frames that it sends.
public struct NetOffloads: OptionSet, Sendable {
  /// The bits: HVT_QUEUE_CHECKSUM and so on.
  public let rawValue: UInt32

  /// The set of the bits `rawValue`.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// It completes checksums. Without this, sending does it here.
  public static let checksum = NetOffloads(rawValue: UInt32(HVT_QUEUE_CHECKSUM))
  /// It divides what is sent as one frame into packets of TCP over IPv4.
  public static let segmentationV4 = NetOffloads(rawValue: UInt32(HVT_QUEUE_TSO4))
  /// The same over IPv6.
  public static let segmentationV6 = NetOffloads(rawValue: UInt32(HVT_QUEUE_TSO6))
}
