// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// An error message of the Internet Control Message Protocol, of version 4 (RFC 792) or of version 6
/// (RFC 4443).
///
///      0      1      2          4                8
///     | type | code | checksum | what it needs  | the packet that it is about, or its beginning
public struct ICMPError: Hashable, Sendable {
  /// Bytes on the wire before the quoted packet.
  public static let size = 8

  /// Why a destination cannot be reached.
  public enum Unreachable: Hashable, Sendable {
    /// No route leads there.
    case network
    /// The host does not answer.
    case host
    /// The host does not know the protocol. Version 6 has a parameter problem for this.
    case payloadProtocol
    /// Nobody listens at the port.
    case port
    /// Somebody has forbidden it.
    case prohibited
    /// For another reason, of this code.
    case other(UInt8)
  }

  /// What is wrong.
  public enum Kind: Hashable, Sendable {
    /// The destination cannot be reached.
    case unreachable(Unreachable)
    /// The packet is larger than the next link can carry, which is `mtu`; 0 when a router of old does
    /// not say (RFC 1191, section 4).
    case tooBig(mtu: UInt32)
    /// The packet made too many hops.
    case hopsExceeded
    /// Not all fragments came in time.
    case fragmentsExceeded
    /// Something is wrong at an offset. The code is one of `IPv6HeaderChain.Problem`, or of version 4.
    case parameterProblem(code: UInt8, offset: UInt32)
  }

  /// What is wrong.
  public var kind: Kind

  /// A message of this kind.
  public init(_ kind: Kind) {
    self.kind = kind
  }

  /// Writes the header of a message of version 4 to the start of `bytes`, where the quoted packet stands
  /// already: the checksum is over both.
  public func emit4(into bytes: inout MutableSpan<UInt8>) {
    put(type4, &bytes)
    var checksum = InternetChecksum()
    checksum.add(bytes.span)
    bytes.store(checksum.value, at: 2)
  }

  /// Writes the header of a message of version 6, as `emit4` does.
  public func emit6(
    into bytes: inout MutableSpan<UInt8>, source: IPv6Address, destination: IPv6Address
  ) {
    put(type6, &bytes)
    bytes.sealICMPv6(source: source, destination: destination)
  }

  private func put(_ type: Encoded, _ bytes: inout MutableSpan<UInt8>) {
    bytes[0] = type.type
    bytes[1] = type.code
    bytes.store(0 as UInt16, at: 2)
    bytes.store(type.value, at: 4)
  }
}

/// Type, code and the value behind the checksum.
private struct Encoded {
  var type: UInt8
  var code: UInt8
  var value: UInt32 = 0
}

extension ICMPError {
  /// Reads a message of version 4; nil when it is too short, none of an error, or when the checksum is
  /// wrong.
  public init?(v4 bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    var checksum = InternetChecksum()
    checksum.add(bytes)
    guard checksum.value == 0 else { return nil }
    switch (bytes[0], bytes[1]) {
    case (3, 4): kind = .tooBig(mtu: UInt32(bytes.bigEndian16(at: 6)))
    case (3, let code): kind = .unreachable(Unreachable(code4: code))
    case (11, 0): kind = .hopsExceeded
    case (11, 1): kind = .fragmentsExceeded
    case (12, let code): kind = .parameterProblem(code: code, offset: UInt32(bytes[4]))
    default: return nil
    }
  }

  private var type4: Encoded {
    switch kind {
    case .unreachable(let reason): Encoded(type: 3, code: reason.code4)
    case .tooBig(let mtu): Encoded(type: 3, code: 4, value: min(mtu, 0xffff))
    case .hopsExceeded: Encoded(type: 11, code: 0)
    case .fragmentsExceeded: Encoded(type: 11, code: 1)
    case .parameterProblem(let code, let offset):
      Encoded(type: 12, code: code, value: min(offset, 0xff) << 24)
    }
  }

  /// Reads a message of version 6, whose checksum was found right; nil when it is too short or none of
  /// an error.
  public init?(v6 bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    let value = bytes.bigEndian32(at: 4)
    switch (bytes[0], bytes[1]) {
    case (1, let code): kind = .unreachable(Unreachable(code6: code))
    case (2, _): kind = .tooBig(mtu: value)
    case (3, 0): kind = .hopsExceeded
    case (3, 1): kind = .fragmentsExceeded
    case (4, let code): kind = .parameterProblem(code: code, offset: value)
    default: return nil
    }
  }

  private var type6: Encoded {
    switch kind {
    case .unreachable(let reason): Encoded(type: 1, code: reason.code6)
    case .tooBig(let mtu): Encoded(type: 2, code: 0, value: mtu)
    case .hopsExceeded: Encoded(type: 3, code: 0)
    case .fragmentsExceeded: Encoded(type: 3, code: 1)
    case .parameterProblem(let code, let offset): Encoded(type: 4, code: code, value: offset)
    }
  }
}

extension ICMPError.Unreachable {
  fileprivate init(code4 code: UInt8) {
    switch code {
    case 0, 6: self = .network
    case 1, 7: self = .host
    case 2: self = .payloadProtocol
    case 3: self = .port
    case 9, 10, 13: self = .prohibited
    default: self = .other(code)
    }
  }

  fileprivate var code4: UInt8 {
    switch self {
    case .network: 0
    case .host: 1
    case .payloadProtocol: 2
    case .port: 3
    case .prohibited: 13
    case .other(let code): code
    }
  }

  fileprivate init(code6 code: UInt8) {
    switch code {
    case 0: self = .network
    case 1, 5, 6: self = .prohibited
    case 3: self = .host
    case 4: self = .port
    default: self = .other(code)
    }
  }

  fileprivate var code6: UInt8 {
    switch self {
    case .network: 0
    case .prohibited: 1
    case .host: 3
    case .port, .payloadProtocol: 4
    case .other(let code): code
    }
  }
}
