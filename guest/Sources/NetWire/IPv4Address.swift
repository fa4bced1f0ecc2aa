// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An address of the Internet Protocol, version 4.
public struct IPv4Address: RawRepresentable, Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 4
  /// 0.0.0.0, which stands for no address.
  public static let unspecified = IPv4Address(rawValue: 0)
  /// The address of every host of a network.
  public static let broadcast = IPv4Address(rawValue: .max)

  /// The address as a number: 10.0.0.1 is 0x0a000001.
  public let rawValue: UInt32

  /// Whether a group of hosts is meant (RFC 1112).
  public var isMulticast: Bool { rawValue >> 28 == 0xe }

  /// Whether the host itself is meant, which no packet of a network tells of.
  public var isLoopback: Bool { rawValue >> 24 == 127 }

  /// The address of a number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Reads four decimal numbers with dots between them, without leading zeros.
  public init?(_ text: String) {
    self.init(utf8: text.utf8Span.span)
  }

  /// Reads the address that `text` spells, as `init(_:)` does.
  public init?(utf8 text: Span<UInt8>) {
    var value: UInt32 = 0
    var start = 0
    for part in 1...Self.size {
      let end = text.position(of: UInt8(ascii: "."), from: start)
      guard (end == text.count) == (part == Self.size),
        let number = text.extracting(start..<end).decimal, number <= 255
      else { return nil }
      value = value << 8 | number
      start = end + 1
    }
    rawValue = value
  }
}

extension IPv4Address: CustomStringConvertible {
  /// Four decimal numbers with dots between them.
  public var description: String {
    "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
  }
}
