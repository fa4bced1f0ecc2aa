// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The header of a part of an IPv6 packet (RFC 8200, section 4.5).
///
///      0             1          2                     4                 8
///     | next header | reserved | offset, more follow | identification  | payload
public struct IPv6FragmentHeader: Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 8

  /// What the whole begins with.
  public var nextHeader: IPProtocol
  /// Where this fragment's payload belongs in the whole, a multiple of 8.
  public var offset: Int
  /// Whether others follow.
  public var moreFragments: Bool
  /// The number that the fragments of one packet share.
  public var identification: UInt32

  /// A header of these fields.
  public init(nextHeader: IPProtocol, offset: Int, moreFragments: Bool, identification: UInt32) {
    self.nextHeader = nextHeader
    self.offset = offset
    self.moreFragments = moreFragments
    self.identification = identification
  }

  /// Reads the header; nil when it is too short.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    nextHeader = IPProtocol(rawValue: bytes[0])
    let field = bytes.bigEndian16(at: 2)
    offset = Int(field & 0xfff8)
    moreFragments = field & 1 == 1
    identification = bytes.bigEndian32(at: 4)
  }

  /// Writes the header to the start of `bytes`, which has to have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes[0] = nextHeader.rawValue
    bytes[1] = 0
    bytes.store(UInt16(offset) & 0xfff8 | (moreFragments ? 1 : 0), at: 2)
    bytes.store(identification, at: 4)
  }

  /// Whether the packet is in this one fragment (RFC 6946).
  public var isWhole: Bool { offset == 0 && !moreFragments }
}
