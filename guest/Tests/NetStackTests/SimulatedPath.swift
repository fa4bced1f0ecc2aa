// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import TestSupport

/// One direction of a simulated network.
struct SimulatedPath {
  /// What the network does. Chances are parts of a million, times nanoseconds.
  struct Conditions {
    var loss = 0
    var duplication = 0
    /// The chance that a packet takes up to `jitter` longer than those before it.
    var reordering = 0
    /// The chance that a bit of a header is another, and the checksum is right all the same.
    var corruption = 0
    var delay: UInt64 = 10_000_000
    var jitter: UInt64 = 0
    /// Bytes per second, 0 for any number.
    var bandwidth: UInt64 = 0
    /// How many bytes wait for their turn at most.
    var queueSize: UInt64 = 1 << 20
    /// The largest TCP payload with its options that gets through.
    var segmentSize = Int.max
    /// Whether the sender is told of what is too large for the path.
    var tellsSegmentSize = true
  }

  var conditions: Conditions
  private var idleFrom = Instant(nanoseconds: 0)
  private(set) var packetCount = 0
  private(set) var lastPacketAt = Instant(nanoseconds: 0)
  /// The longest time between two packets with payload.
  private(set) var longestPause: UInt64 = 0

  init(_ conditions: Conditions) {
    self.conditions = conditions
  }

  /// What a packet is called that is to be lost, by its number from 1 on.
  var lostPacket: Int?

  /// When the packet arrives: never, once or twice.
  mutating func arrivals(_ packet: Packet, at now: Instant, _ random: inout SeededNumbers)
    -> [Instant]
  {
    if !packet.payload.isEmpty {
      packetCount += 1
      longestPause = max(longestPause, packetCount > 1 ? now.nanoseconds(since: lastPacketAt) : 0)
      lastPacketAt = now
    }
    if !packet.payload.isEmpty && packetCount == lostPacket || random.chance(conditions.loss) {
      return []
    }
    guard let departure = departure(of: UInt64(packet.payload.count) + 60, at: now) else {
      return []
    }
    var arrivals = [arrival(departure, &random)]
    if random.chance(conditions.duplication) {
      arrivals.append(arrival(departure, &random))
    }
    return arrivals
  }

  private func arrival(_ departure: Instant, _ random: inout SeededNumbers) -> Instant {
    var delay = conditions.delay
    if random.chance(conditions.reordering) {
      delay += UInt64.random(in: 0...conditions.jitter, using: &random)
    }
    return departure.advanced(byNanoseconds: delay)
  }

  /// When the packet has been put on the wire; nil if there is no room for it to wait.
  private mutating func departure(of size: UInt64, at now: Instant) -> Instant? {
    guard conditions.bandwidth > 0 else { return now }
    let start = max(now, idleFrom)
    let queued = Double(start.nanoseconds(since: now)) * 1e-9 * Double(conditions.bandwidth)
    guard UInt64(queued) + size <= conditions.queueSize else { return nil }
    idleFrom = start.advanced(byNanoseconds: size * 1_000_000_000 / conditions.bandwidth)
    return idleFrom
  }
}
