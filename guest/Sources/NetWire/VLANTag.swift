// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The tag of a frame of a virtual network (IEEE 802.1Q), which stands behind the frame's addresses
/// and the type `EtherType.vlan`.
///
///      0                           2
///     | priority, drop, identifier | type | payload
public struct VLANTag: Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 4
  /// The identifiers of networks. 0 is a frame of no network that has a priority.
  public static let identifiers: ClosedRange<UInt16> = 1...4094

  /// How urgent the frame is, 0 to 7.
  public var priority: UInt8 = 0
  /// Whether the frame may be dropped first.
  public var isDropEligible = false
  /// The network.
  public var identifier: UInt16
  /// What the payload is.
  public var type: EtherType

  /// A tag of these fields.
  public init(identifier: UInt16, type: EtherType) {
    self.identifier = identifier
    self.type = type
  }

  /// Reads a tag; nil when it is too short or of a reserved number.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    let control = bytes.bigEndian16(at: 0)
    priority = UInt8(control >> 13)
    isDropEligible = control & 0x1000 != 0
    identifier = control & 0xfff
    type = EtherType(rawValue: bytes.bigEndian16(at: 2))
    guard identifier <= Self.identifiers.upperBound else { return nil }
  }

  /// Writes the tag to the start of `bytes`, which has to have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    let control = UInt16(priority & 7) << 13 | (isDropEligible ? 0x1000 : 0) | identifier & 0xfff
    bytes.store(control, at: 0)
    bytes.store(type.rawValue, at: 2)
  }
}
