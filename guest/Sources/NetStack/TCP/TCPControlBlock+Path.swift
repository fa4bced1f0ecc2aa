// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

extension TCPControlBlock {
  /// The way to the peer carries segments of up to this size: its packet size without the headers of
  /// IP and TCP (RFC 9293, section 3.7.2). What was sent in larger ones is sent again.
  mutating func pathMTUChanged(maximumSegmentSize: Int, at now: Instant) {
    let size = min(max(maximumSegmentSize, Self.smallestSegmentSize), announcedSegmentSize)
    guard size != pathSegmentSize else { return }
    let wasSmaller = size > pathSegmentSize
    pathSegmentSize = size
    changeSegmentSize()
    if !wasSmaller {
      // The network has told the loss, so that it is no sign of congestion.
      scoreboard.markLost(largerThan: segmentSize)
      isRetransmissionForced = scoreboard.lostCount > 0
    }
  }

  private mutating func changeSegmentSize() {
    segmentSize = currentSegmentSize
    congestion.segmentSizeChanged(to: segmentSize)
  }

  /// Makes segments smaller when larger ones are not answered, since a router may drop what is too
  /// large without a word (RFC 2923, section 2.1).
  mutating func lowerSegmentSizeInBlackHole() {
    guard retries >= 3, let first = scoreboard.first else { return }
    let optionsSize = min(peerSegmentSize, pathSegmentSize) - segmentSize
    let sent = min(Int(first.count), segmentSize) + optionsSize
    let smallest = Self.defaultSegmentSize(to: flow.remote.address)
    let next = sent > 1460 ? 1460 : sent > 1220 ? 1220 : smallest
    if next < sent {
      pathSegmentSize = next
      changeSegmentSize()
    }
  }

  /// The network says that the peer cannot be reached: `hard` for good, else perhaps for now. An
  /// established connection goes on trying (RFC 5927, section 4; RFC 9293, section 3.9.2.2).
  mutating func unreachable(hard: Bool, at now: Instant) {
    if hard, state == .synSent || state == .synReceived {
      fail(.unreachable)
    } else if !scoreboard.isEmpty || state == .synSent || state == .synReceived {
      isUnreachable = true
    }
  }
}
