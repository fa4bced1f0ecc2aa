// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An echo request or reply of the Internet Control Message Protocol (RFC 792), which `ping` sends.
///
///      0      1      2          4            6          8
///     | type | code | checksum | identifier | sequence | payload
public struct ICMPEcho: Hashable, Sendable {
  /// Bytes on the wire before the payload.
  public static let size = 8

  /// Which of the two it is.
  public enum Kind: UInt8, Sendable {
    /// The answer.
    case reply = 0
    /// The question.
    case request = 8
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

  /// Reads the message that `bytes` is, payload included; nil when it is too short, another
  /// message, or when the checksum is wrong.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size, let kind = Kind(rawValue: bytes[0]), bytes[1] == 0 else {
      return nil
    }
    var checksum = InternetChecksum()
    checksum.add(bytes)
    guard checksum.value == 0 else { return nil }
    self.kind = kind
    identifier = bytes.bigEndian16(at: 4)
    sequence = bytes.bigEndian16(at: 6)
  }

  /// Writes the header to the start of `bytes`, where its payload stands already: the checksum is
  /// over both.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes[0] = kind.rawValue
    bytes[1] = 0
    bytes.store(0 as UInt16, at: 2)
    bytes.store(identifier, at: 4)
    bytes.store(sequence, at: 6)
    var checksum = InternetChecksum()
    checksum.add(bytes.span)
    bytes.store(checksum.value, at: 2)
  }

  /// The reply to this request.
  public var reply: ICMPEcho {
    ICMPEcho(kind: .reply, identifier: identifier, sequence: sequence)
  }
}

extension ICMPEcho: CustomStringConvertible {
  /// The kind and the numbers.
  public var description: String {
    "echo \(kind == .request ? "request" : "reply") id \(identifier) seq \(sequence)"
  }
}
