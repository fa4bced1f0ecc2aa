// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A message of the Internet Group Management Protocol: queries of each version, and the reports of
/// versions 2 and 3 (RFC 2236, RFC 3376).
///
///      0      1                      2          4       8
///     | type | maximum response time | checksum | group | version 3: flags, sources or records
public struct IGMPMessage: Hashable, Sendable {
  /// Bytes on the wire of a query or a report of version 2.
  public static let size = 8
  /// Every router that knows version 3 (RFC 3376, section 4.2.14).
  public static let reportDestination = IPv4Address(rawValue: 0xe000_0016)
  /// Every router of a link.
  public static let allRouters = IPv4Address(rawValue: 0xe000_0002)
  /// Every host of a link, a group that nobody reports.
  public static let allHosts = IPv4Address(rawValue: 0xe000_0001)

  /// What a message is.
  public enum Kind: Hashable, Sendable {
    /// A router asks who listens. It understands reports of `version`; the answer may take
    /// `responseMilliseconds`.
    case query(version: Int, responseMilliseconds: Int)
    /// Somebody listens, in version 2.
    case report2
    /// Somebody listens no longer, in version 2.
    case leave2
  }

  private static let queryType: UInt8 = 0x11
  private static let report2Type: UInt8 = 0x16
  private static let leave2Type: UInt8 = 0x17
  private static let report3Type: UInt8 = 0x22

  /// What the message is.
  public var kind: Kind
  /// The group; 0.0.0.0 in a query for all.
  public var group: IPv4Address

  /// A message of these fields.
  public init(_ kind: Kind, group: IPv4Address) {
    self.kind = kind
    self.group = group
  }

  /// Reads a message; nil when it is malformed, another message, or when the checksum is wrong.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    var checksum = InternetChecksum()
    checksum.add(bytes)
    guard checksum.value == 0 else { return nil }
    group = IPv4Address(rawValue: bytes.bigEndian32(at: 4))
    let code = Int(bytes[1])
    switch bytes[0] {
    case Self.report2Type: kind = .report2
    case Self.leave2Type: kind = .leave2
    case Self.queryType where bytes.count >= 12:
      // Large times are told with an exponent (RFC 3376, section 4.1.1). The unit is a tenth of a second.
      let time = code >= 128 ? (code & 15 | 16) << ((code >> 4 & 7) + 3) : code
      kind = .query(version: 3, responseMilliseconds: time * 100)
    case Self.queryType where code == 0: kind = .query(version: 1, responseMilliseconds: 10_000)
    case Self.queryType: kind = .query(version: 2, responseMilliseconds: code * 100)
    default: return nil
    }
  }

  /// Writes the message, which has to be one of version 2, to the start of `bytes`, which has to have
  /// room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    switch kind {
    case .query(_, let time):
      bytes[0] = Self.queryType
      bytes[1] = UInt8(clamping: time / 100)
    case .report2:
      bytes[0] = Self.report2Type
      bytes[1] = 0
    case .leave2:
      bytes[0] = Self.leave2Type
      bytes[1] = 0
    }
    bytes.store(group.rawValue, at: 4)
    Self.seal(&bytes, count: Self.size)
  }

  /// Bytes on the wire of a report of version 3 on `count` groups.
  public static func reportSize(count: Int) -> Int { 8 + count * 8 }

  /// Writes a report of version 3 on groups of IPv4, all of whose sources are wanted, to `bytes`, which has to
  /// be as large as it. The records mean the same as those of MLD.
  public static func emitReport(
    _ record: ListenerReport.Record, _ groups: [IPAddress], into bytes: inout MutableSpan<UInt8>
  ) {
    bytes.store(UInt64(report3Type) << 56 | UInt64(groups.count), at: 0)
    for (index, group) in groups.enumerated() {
      bytes.store(UInt32(record.rawValue) << 24, at: 8 + index * 8)
      if case .v4(let group) = group {
        bytes.store(group.rawValue, at: 12 + index * 8)
      }
    }
    seal(&bytes, count: reportSize(count: groups.count))
  }

  private static func seal(_ bytes: inout MutableSpan<UInt8>, count: Int) {
    bytes.store(0 as UInt16, at: 2)
    var checksum = InternetChecksum()
    checksum.add(bytes.span.extracting(0..<count))
    bytes.store(checksum.value, at: 2)
  }
}
