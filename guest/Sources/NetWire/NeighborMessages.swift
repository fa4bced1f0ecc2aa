// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Asks a neighbor for its hardware address (RFC 4861, section 4.3).
///
///      0      1      2          4          8        24
///     | type | code | checksum | reserved | target | options
public struct NeighborSolicitation: Hashable, Sendable {
  /// Bytes on the wire before the options.
  public static let size = 24

  /// Who is asked for.
  public var target: IPv6Address
  /// The options.
  public var options = NDPOptions()

  /// A question for `target`.
  public init(target: IPv6Address) {
    self.target = target
  }

  /// Reads a message whose checksum was found right; nil when it is malformed (section 7.1.1).
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size, bytes[0] == ICMPv6Type.neighborSolicitation.rawValue,
      bytes[1] == 0, let options = NDPOptions(bytes.extracting(Self.size...))
    else { return nil }
    target = IPv6Address(bytes, at: 8)
    self.options = options
    guard !target.isMulticast else { return nil }
  }

  /// The bytes of the message with its options.
  public var encodedSize: Int { Self.size + options.encodedSize }

  /// Writes the message to `bytes`, which has to be as large as it.
  public func emit(
    into bytes: inout MutableSpan<UInt8>, source: IPv6Address, destination: IPv6Address
  ) {
    bytes[0] = ICMPv6Type.neighborSolicitation.rawValue
    bytes[1] = 0
    bytes.store(0 as UInt32, at: 4)
    target.emit(into: &bytes, at: 8)
    options.emit(into: &bytes, at: Self.size)
    bytes.sealICMPv6(source: source, destination: destination)
  }
}

/// Tells of a neighbor's hardware address (RFC 4861, section 4.4).
///
///      0      1      2          4       8        24
///     | type | code | checksum | flags | target | options
public struct NeighborAdvertisement: Hashable, Sendable {
  /// Bytes on the wire before the options.
  public static let size = 24

  /// Whether the neighbor is a router.
  public var isRouter = false
  /// Whether this is an answer.
  public var isSolicited = false
  /// Whether it is to replace what is known.
  public var isOverride = false
  /// Whom it is about.
  public var target: IPv6Address
  /// The options.
  public var options = NDPOptions()

  /// A message about `target`.
  public init(target: IPv6Address) {
    self.target = target
  }

  /// Reads a message whose checksum was found right; nil when it is malformed (section 7.1.2).
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size, bytes[0] == ICMPv6Type.neighborAdvertisement.rawValue,
      bytes[1] == 0, let options = NDPOptions(bytes.extracting(Self.size...))
    else { return nil }
    isRouter = bytes[4] & 0x80 != 0
    isSolicited = bytes[4] & 0x40 != 0
    isOverride = bytes[4] & 0x20 != 0
    target = IPv6Address(bytes, at: 8)
    self.options = options
    guard !target.isMulticast else { return nil }
  }

  /// The bytes of the message with its options.
  public var encodedSize: Int { Self.size + options.encodedSize }

  /// Writes the message to `bytes`, which has to be as large as it.
  public func emit(
    into bytes: inout MutableSpan<UInt8>, source: IPv6Address, destination: IPv6Address
  ) {
    bytes[0] = ICMPv6Type.neighborAdvertisement.rawValue
    bytes[1] = 0
    bytes.store(0 as UInt32, at: 4)
    bytes[4] = (isRouter ? 0x80 : 0) | (isSolicited ? 0x40 : 0) | (isOverride ? 0x20 : 0)
    target.emit(into: &bytes, at: 8)
    options.emit(into: &bytes, at: Self.size)
    bytes.sealICMPv6(source: source, destination: destination)
  }
}
