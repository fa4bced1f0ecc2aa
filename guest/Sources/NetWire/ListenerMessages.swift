// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A router's question who listens to groups, of Multicast Listener Discovery (RFC 2710, section 3; RFC
/// 3810, section 5.1).
///
///      0      1      2          4                      6          8       24
///     | type | code | checksum | maximum response time | reserved | group | version 2: flags, sources
public struct ListenerQuery: Hashable, Sendable {
  /// Bytes on the wire of version 1.
  public static let size = 24
  /// The least bytes on the wire of version 2.
  static let size2 = 28

  /// Whether the router knows version 2 only or too; else it understands reports of version 1 alone.
  public var isVersion2: Bool
  /// How long the answer may take, in milliseconds.
  public var responseMilliseconds: Int
  /// The group that is asked for; nil for all.
  public var group: IPv6Address?

  /// Reads a message whose checksum was found right; nil when it is malformed.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == Self.size || bytes.count >= Self.size2,
      bytes[0] == ICMPv6Type.listenerQuery.rawValue
    else { return nil }
    isVersion2 = bytes.count >= Self.size2
    let code = Int(bytes.bigEndian16(at: 4))
    // Large times are told with an exponent (RFC 3810, section 5.1.3).
    responseMilliseconds =
      isVersion2 && code >= 0x8000 ? (code & 0xfff | 0x1000) << ((code >> 12 & 7) + 3) : code
    let group = IPv6Address(bytes, at: 8)
    guard group == .unspecified || group.isMulticast else { return nil }
    self.group = group == .unspecified ? nil : group
  }
}

/// A listener's report (RFC 3810, section 5.2): the groups, all of whose sources are wanted.
///
///      0      1          2          4          6                   8
///     | type | reserved | checksum | reserved | number of records | per group: type, sizes, group
public struct ListenerReport: Hashable, Sendable {
  private static let headerSize = 8
  private static let recordSize = 20
  /// The most groups that fit into a packet on any link, with its headers and the router alert.
  public static let limit =
    (IPv6Header.minimumMTU - IPv6Header.size - RouterAlert.size6 - headerSize) / recordSize

  /// What a report says of its groups (section 5.2.12). No sources are named.
  public enum Record: UInt8, Sendable {
    /// Is listened to, whatever the source: the answer to a query.
    case isExclude = 2
    /// Is no longer listened to.
    case toInclude = 3
    /// Is listened to from now on.
    case toExclude = 4
  }

  /// Bytes on the wire of a report on `count` groups.
  public static func size(count: Int) -> Int { headerSize + count * recordSize }

  /// Writes a report on at most `limit` groups of version 6 to `bytes`, which has to be as large as it.
  public static func emit(
    _ record: Record, _ groups: [IPAddress], into bytes: inout MutableSpan<UInt8>,
    source: IPv6Address
  ) {
    bytes.store(UInt64(ICMPv6Type.listenerReport2.rawValue) << 56 | UInt64(groups.count), at: 0)
    for (index, group) in groups.enumerated() {
      let offset = headerSize + index * recordSize
      bytes.store(UInt32(record.rawValue) << 24, at: offset)
      if case .v6(let group) = group {
        group.emit(into: &bytes, at: offset + 4)
      }
    }
    bytes.sealICMPv6(source: source, destination: .allMulticastRouters)
  }

  /// Writes a report on one group, or its end, for routers that know version 1 only (RFC 2710): 24
  /// bytes. It goes to the group itself, its end to all routers.
  public static func emitVersion1(
    _ group: IPv6Address, isEnd: Bool, into bytes: inout MutableSpan<UInt8>, source: IPv6Address
  ) {
    let type = isEnd ? ICMPv6Type.listenerDone1 : .listenerReport1
    bytes.store(UInt64(type.rawValue) << 56, at: 0)
    group.emit(into: &bytes, at: 8)
    bytes.sealICMPv6(source: source, destination: isEnd ? .allRouters : group)
  }
}
