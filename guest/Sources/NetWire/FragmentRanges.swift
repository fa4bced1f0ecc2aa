// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// How to break a payload up that is too large for one packet: ranges of which all but the last are
/// multiples of 8 bytes (RFC 791, section 2.3; RFC 8200, section 4.5).
public struct FragmentRanges: Sequence, IteratorProtocol, Sendable {
  private let payloadLength: Int
  private let room: Int
  private var offset = 0

  /// The ranges of a payload of `payloadLength` bytes in packets that have `room` for payload, at least
  /// 8 bytes.
  public init(payloadLength: Int, room: Int) {
    precondition(room >= 8, "no room for a fragment")
    self.payloadLength = payloadLength
    self.room = room
  }

  /// The next range, the last of which ends where the payload does.
  public mutating func next() -> Range<Int>? {
    guard offset < payloadLength else { return nil }
    let rest = payloadLength - offset
    let range = offset..<offset + (rest <= room ? rest : room & ~7)
    offset = range.upperBound
    return range
  }
}
