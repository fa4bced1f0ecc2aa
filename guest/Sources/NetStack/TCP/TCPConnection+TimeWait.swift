// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPConnection {
  /// Whether a segment begins a new connection between the same ends, so that this one, in TIME-WAIT, may
  /// be forgotten: its timestamp, or else its number, is behind whatever this connection has seen (RFC
  /// 6191, section 2; RFC 9293, section 3.10.7.4).
  func mayBeReplaced(by header: TCPHeader) -> Bool {
    guard state == .timeWait, header.flags.contains(.syn),
      header.flags.isDisjoint(with: [.ack, .rst])
    else { return false }
    if usesTimestamps, let timestamps = header.options.timestamps {
      let age = Int32(bitPattern: timestamps.value &- recentTimestamp)
      if age != 0 {
        return age > 0
      }
    }
    return SequenceNumber(header.sequence) > receiveNext
  }
}
