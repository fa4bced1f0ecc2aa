// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What a cache knows about one neighbor.
struct NeighborEntry: Sendable {
  /// The states of RFC 4861, section 7.3.2.
  enum State: Sendable {
    /// It was asked for so many times.
    case incomplete(tries: Int)
    /// It is known to receive what it is sent.
    case reachable
    /// It was reachable some time ago, and is not used.
    case stale
    /// It is used, and something else may show that it is reachable.
    case delay
    /// It is used, and was asked so many times.
    case probe(tries: Int)
  }

  var state: State
  /// Nil when the state is incomplete.
  var hardware: MACAddress?
  /// When the state ends.
  var deadline: Instant?
  var lastUse: Instant
  /// What is to be sent once the hardware address is known.
  var packets: [[UInt8]] = []

  /// Notes that a packet is sent to the neighbor. Says whether it has to be asked later on.
  mutating func use(at now: Instant, delay: UInt64) -> Bool {
    lastUse = now
    switch state {
    case .incomplete, .delay, .probe: return false
    case .reachable:
      guard let deadline, deadline <= now else { return false }
    case .stale: break
    }
    state = .delay
    deadline = now.advanced(byNanoseconds: delay)
    return true
  }

  /// Whether packets went to it lately.
  var isUsed: Bool {
    switch state {
    case .incomplete, .stale: false
    case .reachable, .delay, .probe: true
    }
  }

  /// Whether this one is to make room rather than `other`.
  func isLessUsed(than other: NeighborEntry) -> Bool {
    isUsed == other.isUsed ? lastUse < other.lastUse : !isUsed
  }
}
