// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The header of an IPv4 packet (RFC 791).
///
///      0               1         2                4                6
///     | version, size | service | total length   | identification | flags, fragment offset |
///      8               9         10               12               16                     20
///     | time to live  | protocol | checksum      | source         | destination           | options
public struct IPv4Header: Hashable, Sendable {
  /// Bytes on the wire without options: what `emit` writes.
  public static let size = 20

  /// Differentiated services and congestion notification (RFC 2474, RFC 3168).
  public var service: UInt8 = 0
  /// The size of the packet, this header included.
  public var totalLength: Int
  /// The number that the fragments of one packet share.
  public var identification: UInt16 = 0
  /// Whether routers must not break the packet up.
  public var dontFragment = true
  /// Whether this is a fragment that others follow.
  public var moreFragments = false
  /// Where this fragment's payload belongs in the whole, a multiple of 8.
  public var fragmentOffset = 0
  /// How many more hops the packet may make.
  public var timeToLive: UInt8 = 64
  /// What the payload is.
  public var payloadProtocol: IPProtocol
  /// Who sent the packet.
  public var source: IPv4Address
  /// Whom the packet is for.
  public var destination: IPv4Address
  /// The size of this header with its options, and the offset of the payload.
  public private(set) var headerLength = size

  /// The header of a packet that is no fragment, with a payload of `payloadLength` bytes.
  public init(
    source: IPv4Address, destination: IPv4Address, payloadProtocol: IPProtocol, payloadLength: Int
  ) {
    self.source = source
    self.destination = destination
    self.payloadProtocol = payloadProtocol
    totalLength = Self.size + payloadLength
  }

  /// Reads the header at the start of a packet; nil when it is not version 4, when the packet is
  /// shorter than it says, or when the checksum is wrong. Bytes may follow the packet: Ethernet
  /// fills short frames up.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size, bytes[0] >> 4 == 4 else { return nil }
    headerLength = Int(bytes[0] & 15) * 4
    totalLength = Int(bytes.bigEndian16(at: 2))
    guard headerLength >= Self.size, totalLength >= headerLength, bytes.count >= totalLength
    else { return nil }
    var checksum = InternetChecksum()
    checksum.add(bytes.extracting(0..<headerLength))
    guard checksum.value == 0 else { return nil }
    service = bytes[1]
    identification = bytes.bigEndian16(at: 4)
    let fragment = bytes.bigEndian16(at: 6)
    dontFragment = fragment & 0x4000 != 0
    moreFragments = fragment & 0x2000 != 0
    fragmentOffset = Int(fragment & 0x1fff) * 8
    timeToLive = bytes[8]
    payloadProtocol = IPProtocol(rawValue: bytes[9])
    source = IPv4Address(rawValue: bytes.bigEndian32(at: 12))
    destination = IPv4Address(rawValue: bytes.bigEndian32(at: 16))
  }

  /// Writes the header, without options, to the start of `bytes`, which has to have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes[0] = 0x45
    bytes[1] = service
    bytes.store(UInt16(totalLength), at: 2)
    bytes.store(identification, at: 4)
    let flags: UInt16 = (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0)
    bytes.store(flags | UInt16(fragmentOffset / 8), at: 6)
    bytes[8] = timeToLive
    bytes[9] = payloadProtocol.rawValue
    bytes.store(0 as UInt16, at: 10)
    bytes.store(source.rawValue, at: 12)
    bytes.store(destination.rawValue, at: 16)
    var checksum = InternetChecksum()
    checksum.add(bytes.span.extracting(0..<Self.size))
    bytes.store(checksum.value, at: 10)
  }

  /// Whether the packet is a part of a larger one.
  public var isFragment: Bool { moreFragments || fragmentOffset != 0 }

  /// Whether the packet, whose first bytes are `bytes`, has a source route (RFC 791, section 3.1) that
  /// leads on from here, or options that cannot be read.
  public func hasRouteToFollow(in bytes: Span<UInt8>) -> Bool {
    var offset = Self.size
    while offset < headerLength, bytes[offset] != Option.end {
      if bytes[offset] == Option.padding {
        offset += 1
        continue
      }
      guard headerLength - offset >= 2 else { return true }
      let size = Int(bytes[offset + 1])
      guard size >= 2, size <= headerLength - offset else { return true }
      let isRoute = bytes[offset] == Option.looseRoute || bytes[offset] == Option.strictRoute
      // The third byte points to the next stop, counted from 1.
      if isRoute, size < 3 || Int(bytes[offset + 2]) <= size {
        return true
      }
      offset += size
    }
    return false
  }

  private enum Option {
    static let end: UInt8 = 0
    static let padding: UInt8 = 1
    static let looseRoute: UInt8 = 131
    static let strictRoute: UInt8 = 137
  }

  /// Where the payload stands in the packet.
  public var payload: Range<Int> { headerLength..<totalLength }
}

extension IPv4Header: CustomStringConvertible {
  /// Source, destination, protocol and size.
  public var description: String {
    "\(source) > \(destination) protocol \(payloadProtocol.rawValue) length \(totalLength)"
  }
}
