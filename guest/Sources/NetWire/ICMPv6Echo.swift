// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An echo request or reply of ICMPv6 (RFC 4443, section 4), which `ping` sends.
///
///      0      1      2          4            6          8
///     | type | code | checksum | identifier | sequence | payload
public struct ICMPv6Echo: Hashable, Sendable {
  /// Bytes on the wire before the payload.
  public static let size = 8

  /// Which of the two it is.
  public enum Kind: UInt8, Sendable {
    /// The question.
    case request = 128
    /// The answer.
    case reply = 129
  }

  /// Which of the two it is.
  public var kind: Kind
  /// The number that tells one sender's requests from another's.
  public var identifier: UInt16
  /// The number of the request.
  public var sequence: UInt16

  /// A message of these fields.
  public init(kind: Kind, identifier: UInt16, sequence: UInt16) {
    self.kind = kind
    self.identifier = identifier
    self.sequence = sequence
  }

  /// Reads a message whose checksum was found right; nil when it is too short or another message.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size, let kind = Kind(rawValue: bytes[0]), bytes[1] == 0 else {
      return nil
    }
    self.kind = kind
    identifier = bytes.bigEndian16(at: 4)
    sequence = bytes.bigEndian16(at: 6)
  }

  /// Writes the header to the start of `bytes`, where its payload stands already: the checksum is
  /// over both, and over the addresses.
  public func emit(
    into bytes: inout MutableSpan<UInt8>, source: IPv6Address, destination: IPv6Address
  ) {
    bytes[0] = kind.rawValue
    bytes[1] = 0
    bytes.store(identifier, at: 4)
    bytes.store(sequence, at: 6)
    bytes.sealICMPv6(source: source, destination: destination)
  }

  /// The reply to this request.
  public var reply: ICMPv6Echo {
    ICMPv6Echo(kind: .reply, identifier: identifier, sequence: sequence)
  }
}
