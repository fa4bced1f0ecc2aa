// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An echo request or reply of the Internet Control Message Protocol, of version 4 (RFC 792) or of
/// version 6 (RFC 4443, section 4), which `ping` sends.
///
///      0      1      2          4            6          8
///     | type | code | checksum | identifier | sequence | payload
public struct ICMPEcho: Hashable, Sendable {
  /// Bytes on the wire before the payload.
  public static let size = 8

  /// Which of the two it is.
  public enum Kind: Sendable {
    /// The answer.
    case reply
    /// The question.
    case request
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

  /// Reads the message of version 4 that `bytes` is, payload included; nil when it is too short,
  /// another message, or when the checksum is wrong.
  public init?(v4 bytes: Span<UInt8>) {
    self.init(bytes, request: 8, reply: 0)
    var checksum = InternetChecksum()
    checksum.add(bytes)
    guard checksum.value == 0 else { return nil }
  }

  /// Reads a message of version 6 whose checksum was found right; nil when it is too short or another
  /// message.
  public init?(v6 bytes: Span<UInt8>) {
    self.init(bytes, request: ICMPv6Type.echoRequest.rawValue, reply: ICMPv6Type.echoReply.rawValue)
  }

  private init?(_ bytes: Span<UInt8>, request: UInt8, reply: UInt8) {
    guard bytes.count >= Self.size, bytes[0] == request || bytes[0] == reply, bytes[1] == 0 else {
      return nil
    }
    kind = bytes[0] == request ? .request : .reply
    identifier = bytes.bigEndian16(at: 4)
    sequence = bytes.bigEndian16(at: 6)
  }

  /// Writes the header of a message of version 4 to the start of `bytes`, where its payload stands
  /// already: the checksum is over both.
  public func emit4(into bytes: inout MutableSpan<UInt8>) {
    put(kind == .request ? 8 : 0, &bytes)
    var checksum = InternetChecksum()
    checksum.add(bytes.span)
    bytes.store(checksum.value, at: 2)
  }

  /// Writes the header of a message of version 6, as `emit4` does.
  public func emit6(
    into bytes: inout MutableSpan<UInt8>, source: IPv6Address, destination: IPv6Address
  ) {
    let type: ICMPv6Type = kind == .request ? .echoRequest : .echoReply
    put(type.rawValue, &bytes)
    bytes.sealICMPv6(source: source, destination: destination)
  }

  private func put(_ type: UInt8, _ bytes: inout MutableSpan<UInt8>) {
    bytes.store(UInt32(type) << 24, at: 0)
    bytes.store(identifier, at: 4)
    bytes.store(sequence, at: 6)
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
