// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The first byte of a message of ICMPv6.
public struct ICMPv6Type: RawRepresentable, Hashable, Sendable {
  /// A question for an echo (RFC 4443).
  public static let echoRequest = ICMPv6Type(rawValue: 128)
  /// An answer to that.
  public static let echoReply = ICMPv6Type(rawValue: 129)
  /// A question who listens to groups (RFC 2710, RFC 3810).
  public static let listenerQuery = ICMPv6Type(rawValue: 130)
  /// The answer of the first version.
  public static let listenerReport1 = ICMPv6Type(rawValue: 131)
  /// The end of membership of the first version.
  public static let listenerDone1 = ICMPv6Type(rawValue: 132)
  /// A question for routers (RFC 4861).
  public static let routerSolicitation = ICMPv6Type(rawValue: 133)
  /// What a router tells of itself and of its network.
  public static let routerAdvertisement = ICMPv6Type(rawValue: 134)
  /// A question for a neighbor.
  public static let neighborSolicitation = ICMPv6Type(rawValue: 135)
  /// What a neighbor tells of itself.
  public static let neighborAdvertisement = ICMPv6Type(rawValue: 136)
  /// The answer of the second version to a question who listens to groups.
  public static let listenerReport2 = ICMPv6Type(rawValue: 143)

  /// The number on the wire.
  public let rawValue: UInt8

  /// The type of a number.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The type of a message; nil when that is too short to be one.
  public init?(of message: Span<UInt8>) {
    guard message.count >= 4 else { return nil }
    rawValue = message[0]
  }

  /// Whether the message tells of an error, to which none must be the answer.
  public var isError: Bool { rawValue < 128 }
}
