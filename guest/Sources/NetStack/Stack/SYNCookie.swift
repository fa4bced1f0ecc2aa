// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// An initial sequence number that says what its SYN did, so that nothing has to be kept until the
/// handshake is complete (RFC 4987, section 3.6). The window scale and whether selective
/// acknowledgments are permitted go into the timestamp, which comes back too.
///
///      31        27             24
///     | minute  | segment size | hash
struct SYNCookie {
  /// The sizes that three bits can tell.
  private static let segmentSizes: InlineArray<8, Int> = [
    216, 536, 1220, 1340, 1400, 1440, 1460, 8940,
  ]
  /// How many minutes a cookie counts.
  private static let lifetime = 2
  private static let minute: UInt64 = 60_000_000_000

  /// What the low bits of the SYN-ACK's timestamp say.
  private static let timestampMask: UInt32 = 31
  private static let noScale: UInt32 = 15
  private static let sackPermitted: UInt32 = 16

  let secrets: Secrets

  /// The cookie in answer to a SYN.
  func make(_ syn: TCPHeader, _ flow: TCPFlow, at now: Instant) -> UInt32 {
    let size = Int(syn.options.maximumSegmentSize ?? 536)
    var index = 0
    while index < 7, Self.segmentSizes[index + 1] <= size {
      index += 1
    }
    let minute = UInt32(truncatingIfNeeded: now.nanoseconds / Self.minute) & 31
    return cookie(minute, UInt32(index), flow, syn.sequence)
  }

  /// The timestamp of the SYN-ACK, which says what the SYN offered: the last one that does, not after
  /// `present`.
  func timestamp(_ syn: TCPHeader, present: UInt32) -> UInt32 {
    let bits =
      (syn.options.windowScale.map { UInt32($0) } ?? Self.noScale)
      | (syn.options.isSACKPermitted ? Self.sackPermitted : 0)
    let value = present & ~Self.timestampMask | bits
    return bits <= present & Self.timestampMask ? value : value &- (Self.timestampMask + 1)
  }

  /// What was agreed on with the SYN that the cookie in an ACK was made for; nil when it is none, or too
  /// old. `windowScale` is what the SYN-ACK offered.
  func check(
    _ header: TCPHeader, _ flow: TCPFlow, windowScale: UInt8, at now: Instant
  ) -> TCPConnection.Agreement? {
    let value = header.acknowledgment &- 1
    let minute = value >> 27
    let age = (UInt32(truncatingIfNeeded: now.nanoseconds / Self.minute) &- minute) & 31
    let index = value >> 24 & 7
    guard age < UInt32(Self.lifetime),
      value == cookie(minute, index, flow, header.sequence &- 1)
    else { return nil }
    var agreement = TCPConnection.Agreement(
      maximumSegmentSize: Self.segmentSizes[Int(index)])
    if let timestamps = header.options.timestamps {
      agreement.timestampOffset = value
      agreement.isSACKPermitted = timestamps.echo & Self.sackPermitted != 0
      let scale = timestamps.echo & 15
      if scale != Self.noScale {
        agreement.windowScales = (UInt8(min(scale, 14)), windowScale)
      }
    }
    return agreement
  }

  private func cookie(_ minute: UInt32, _ index: UInt32, _ flow: TCPFlow, _ sequence: UInt32)
    -> UInt32
  {
    let extra = UInt64(sequence) << 32 | UInt64(minute << 3 | index)
    let hash = UInt32(truncatingIfNeeded: secrets.hash(.cookie, flow, extra))
    return minute << 27 | index << 24 | hash & 0xff_ffff
  }
}
