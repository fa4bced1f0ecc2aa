// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Asks routers to tell of themselves (RFC 4861, section 4.1).
///
///      0      1      2          4          8
///     | type | code | checksum | reserved | options
public struct RouterSolicitation: Hashable, Sendable {
  /// Bytes on the wire before the options.
  public static let size = 8

  /// The options.
  public var options = NDPOptions()

  /// A question without options.
  public init() {}

  /// The bytes of the message with its options.
  public var encodedSize: Int { Self.size + options.encodedSize }

  /// Writes the message to `bytes`, which has to be as large as it.
  public func emit(
    into bytes: inout MutableSpan<UInt8>, source: IPv6Address, destination: IPv6Address
  ) {
    bytes[0] = ICMPv6Type.routerSolicitation.rawValue
    bytes[1] = 0
    bytes.store(0 as UInt32, at: 4)
    options.emit(into: &bytes, at: Self.size)
    bytes.sealICMPv6(source: source, destination: destination)
  }
}

/// What a router tells of itself and of its network (RFC 4861, section 4.2).
///
///      0      1      2          4           5       6          8                16             16
///     | type | code | checksum | hop limit | flags | lifetime | reachable time | retransmission | options
public struct RouterAdvertisement: Hashable, Sendable {
  /// Bytes on the wire before the options.
  public static let size = 16

  /// The hop limit that hosts are to use; 0 for no word on it.
  public var hopLimit: UInt8
  /// Whether addresses are given out by DHCPv6.
  public var isManaged: Bool
  /// Whether other things are told by DHCPv6.
  public var hasOtherConfiguration: Bool
  /// How much the router wants to be used when there are several: 1, 0 or -1 (RFC 4191, section 2.2).
  public var preference: Int
  /// How long the router is one to use by default, in seconds; 0 when it is none.
  public var lifetime: UInt16
  /// How long a neighbor counts as reachable, in milliseconds; 0 for no word on it.
  public var reachableMilliseconds: UInt32
  /// The time between two solicitations of a neighbor, in milliseconds; 0 for no word on it.
  public var retransmissionMilliseconds: UInt32
  /// The options.
  public var options: NDPOptions

  /// Reads a message whose checksum was found right; nil when it is malformed (section 6.1.2).
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size, bytes[0] == ICMPv6Type.routerAdvertisement.rawValue,
      bytes[1] == 0, let options = NDPOptions(bytes.extracting(Self.size...))
    else { return nil }
    hopLimit = bytes[4]
    isManaged = bytes[5] & 0x80 != 0
    hasOtherConfiguration = bytes[5] & 0x40 != 0
    preference =
      switch bytes[5] >> 3 & 3 {
      case 1: 1
      case 3: -1
      default: 0
      }
    lifetime = bytes.bigEndian16(at: 6)
    reachableMilliseconds = bytes.bigEndian32(at: 8)
    retransmissionMilliseconds = bytes.bigEndian32(at: 12)
    self.options = options
  }
}
