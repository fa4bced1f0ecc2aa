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

  /// The address of a number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Reads four decimal numbers with dots between them, without leading zeros.
  public init?(_ text: some StringProtocol) {
    var value: UInt32 = 0
    var parts = 0
    for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard let number = Self.number(part), number <= 255 else { return nil }
      parts += 1
      guard parts <= Self.size else { return nil }
      value = value << 8 | number
    }
    guard parts == Self.size else { return nil }
    rawValue = value
  }

  /// A decimal number of up to three digits.
  static func number(_ digits: some Collection<UInt8>) -> UInt32? {
    guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { return nil }
    var number: UInt32 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + UInt32(digit - UInt8(ascii: "0"))
    }
    return number
  }
}

extension IPv4Address: CustomStringConvertible {
  /// Four decimal numbers with dots between them.
  public var description: String {
    "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
  }
}
