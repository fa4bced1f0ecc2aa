// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What the sender of a message can do, which an OPT record says (RFC 6891, section 6.1).
///
///      0          1          3              5              6         7          9
///     | root (0) | type 41  | payload size | RCODE, high  | version | DO, Z(15) | length | options
public struct EDNS: Hashable, Sendable {
  /// Bytes on the wire, without options.
  public static let size = 11

  /// The largest message that the sender takes by UDP.
  public var udpPayloadSize: UInt16
  /// The high eight bits of the response code.
  public var extendedResponseCode: UInt8 = 0
  /// The version, 0.
  public var version: UInt8 = 0
  /// DO: whether the sender wants the records of DNSSEC.
  public var wantsDNSSEC = false

  /// The version 0 of it.
  public init(udpPayloadSize: UInt16) {
    self.udpPayloadSize = udpPayloadSize
  }

  /// What the class and the time to live of an OPT record say.
  init(recordClass: UInt16, timeToLive: UInt32) {
    udpPayloadSize = recordClass
    extendedResponseCode = UInt8(truncatingIfNeeded: timeToLive >> 24)
    version = UInt8(truncatingIfNeeded: timeToLive >> 16)
    wantsDNSSEC = timeToLive & 0x8000 != 0
  }

  /// Writes an OPT record without options to `start`, where there has to be room for it.
  package func emit(into bytes: inout MutableSpan<UInt8>, at start: Int) {
    bytes[start] = 0
    bytes.store(DNSRecordType.opt.rawValue, at: start + 1)
    bytes.store(udpPayloadSize, at: start + 3)
    bytes[start + 5] = extendedResponseCode
    bytes[start + 6] = version
    bytes.store(UInt16(wantsDNSSEC ? 0x8000 : 0), at: start + 7)
    bytes.store(UInt16(0), at: start + 9)
  }
}
