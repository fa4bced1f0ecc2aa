// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An address of the Internet Protocol, version 6 (RFC 4291).
public struct IPv6Address: Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 16
  /// `::`, which stands for no address.
  public static let unspecified = IPv6Address(high: 0, low: 0)

  /// The first eight bytes: the prefix of a subnet.
  public let high: UInt64
  /// The last eight bytes: the identifier of an interface.
  public let low: UInt64

  /// The address of two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads an address at `offset`, where `bytes` has to have one.
  init(_ bytes: Span<UInt8>, at offset: Int) {
    high = bytes.bigEndian64(at: offset)
    low = bytes.bigEndian64(at: offset + 8)
  }

  /// Writes the address to `offset`, where there has to be room for it.
  func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    bytes.store(high, at: offset)
    bytes.store(low, at: offset + 8)
  }

  /// Whether a group of hosts is meant (section 2.7).
  public var isMulticast: Bool { high >> 56 == 0xff }
}
