// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  mutating func enterTimeWait(at now: Instant) {
    state = .timeWait
    stopTimers()
    lingerDeadline = now.advanced(byNanoseconds: options.timeWait)
    hasNews = true
  }

  /// Whether a SYN in TIME-WAIT opens the connection anew, because nothing of the old one can be taken
  /// for a part of it (RFC 9293, section 3.6.1; RFC 6191).
  mutating func isReopened(by syn: TCPHeader) -> Bool {
    guard state == .timeWait, syn.flags.contains(.syn), syn.flags.isDisjoint(with: [.ack, .rst])
    else { return false }
    if usesTimestamps, let timestamps = syn.options.timestamps,
      timestamps.value != recentTimestamp
    {
      return Int32(bitPattern: timestamps.value &- recentTimestamp) > 0
    }
    return SequenceNumber(syn.sequence) > receiveNext
  }
}
