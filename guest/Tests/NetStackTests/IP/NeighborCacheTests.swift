// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

private func seconds(_ count: Double) -> Instant {
  Instant(nanoseconds: UInt64(count * 1_000_000_000))
}

private let neighbor = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0001))
private let station = MACAddress([2, 0, 0, 0, 0, 1])
private let otherStation = MACAddress([2, 0, 0, 0, 0, 2])

private func address(_ number: Int) -> IPAddress {
  .v6(IPv6Address(high: 0xfe80 << 48, low: UInt64(number)))
}

/// A cache that knows `neighbor` as reachable since second 0.
private func cacheWithNeighbor(capacity: Int = 256) -> NeighborCache {
  var cache = NeighborCache(capacity: capacity)
  _ = cache.lookup(neighbor, at: seconds(0))
  _ = cache.nextSolicitation(at: seconds(0))
  _ = cache.confirmed(neighbor, station, solicited: true, override: true, at: seconds(0))
  return cache
}

struct NeighborCacheTests {
  @Test func asksForAnUnknownNeighborOnce() {
    var cache = NeighborCache()
    let first = cache.lookup(neighbor, at: seconds(0))
    let second = cache.lookup(neighbor, at: seconds(0))
    #expect(first == .pending)
    #expect(second == .pending)
    let question = cache.nextSolicitation(at: seconds(0))
    #expect(question?.address == neighbor)
    #expect(question?.hardware == nil)
    let next = cache.nextSolicitation(at: seconds(0))
    #expect(next == nil)
    #expect(cache.deadline == seconds(1))
  }

  @Test func anAnswerReleasesTheNewestPackets() {
    var cache = NeighborCache()
    _ = cache.lookup(neighbor, at: seconds(0))
    for number: UInt8 in 0..<5 {
      cache.enqueue([number], for: neighbor)
    }
    let generation = cache.generation
    let packets = cache.confirmed(
      neighbor, station, solicited: true, override: true, at: seconds(0.1))
    #expect(packets == [[2], [3], [4]])
    #expect(cache.generation != generation)
    let found = cache.lookup(neighbor, at: seconds(0.2))
    #expect(found == .reachable(station))
  }

  @Test func givesUpAfterThreeQuestions() {
    var cache = NeighborCache()
    _ = cache.lookup(neighbor, at: seconds(0))
    cache.enqueue([7], for: neighbor)
    for second in 0..<3 {
      let question = cache.nextSolicitation(at: seconds(Double(second)))
      #expect(question?.address == neighbor)
      let early = cache.nextSolicitation(at: seconds(Double(second) + 0.5))
      #expect(early == nil)
      let failure = cache.nextFailure()
      #expect(failure == nil)
    }
    let question = cache.nextSolicitation(at: seconds(3))
    let failure = cache.nextFailure()
    #expect(question == nil)
    #expect(failure?.address == neighbor)
    #expect(failure?.packets == [[7]])
    #expect(cache.count == 0)
    #expect(cache.deadline == nil)
  }

  @Test func anUnusedNeighborIsLeftAlone() {
    var cache = cacheWithNeighbor()
    let generation = cache.generation
    let question = cache.nextSolicitation(at: seconds(31))
    #expect(question == nil)
    #expect(cache.deadline == nil)
    // Whoever uses it has to say so.
    #expect(cache.generation != generation)
  }

  @Test func aUsedNeighborIsProbedAndLost() {
    var cache = cacheWithNeighbor()
    _ = cache.nextSolicitation(at: seconds(30))
    let found = cache.lookup(neighbor, at: seconds(40))
    #expect(found == .reachable(station))
    let early = cache.nextSolicitation(at: seconds(44))
    #expect(early == nil)
    for second in 45..<48 {
      let question = cache.nextSolicitation(at: seconds(Double(second)))
      #expect(question?.hardware == station)
    }
    let question = cache.nextSolicitation(at: seconds(48))
    let failure = cache.nextFailure()
    #expect(question == nil)
    #expect(failure?.address == neighbor)
  }

  @Test func progressSparesTheProbe() {
    var cache = cacheWithNeighbor()
    _ = cache.lookup(neighbor, at: seconds(40))
    cache.reached(neighbor, at: seconds(42))
    let question = cache.nextSolicitation(at: seconds(60))
    #expect(question == nil)
    #expect(cache.deadline == seconds(72))
  }

  @Test func anAnswerToAProbeKeepsTheGeneration() {
    var cache = cacheWithNeighbor()
    _ = cache.lookup(neighbor, at: seconds(40))
    _ = cache.nextSolicitation(at: seconds(45))
    let generation = cache.generation
    _ = cache.confirmed(neighbor, station, solicited: true, override: false, at: seconds(45))
    #expect(cache.generation == generation)
  }

  @Test func anAdvertisementWithoutOverrideDoesNotReplace() {
    var cache = cacheWithNeighbor()
    _ = cache.confirmed(neighbor, otherStation, solicited: true, override: false, at: seconds(1))
    let found = cache.lookup(neighbor, at: seconds(1))
    #expect(found == .reachable(station))
    // But it is no longer believed.
    let question = cache.nextSolicitation(at: seconds(6))
    #expect(question?.hardware == station)
  }

  @Test func anAdvertisementWithOverrideReplaces() {
    var cache = cacheWithNeighbor()
    let generation = cache.generation
    _ = cache.confirmed(neighbor, otherStation, solicited: false, override: true, at: seconds(1))
    #expect(cache.generation != generation)
    let found = cache.lookup(neighbor, at: seconds(1))
    #expect(found == .reachable(otherStation))
  }

  @Test func anAdvertisementOfAStrangerIsIgnored() {
    var cache = NeighborCache()
    _ = cache.confirmed(neighbor, station, solicited: true, override: true, at: seconds(0))
    #expect(cache.count == 0)
  }

  @Test func aGroupIsNoNeighborsAddress() {
    var cache = NeighborCache()
    _ = cache.lookup(neighbor, at: seconds(0))
    _ = cache.confirmed(neighbor, .broadcast, solicited: true, override: true, at: seconds(0))
    _ = cache.heard(address(1), .broadcast, at: seconds(0))
    let found = cache.lookup(neighbor, at: seconds(0))
    #expect(found == .pending)
    #expect(cache.count == 1)
  }

  @Test func whoAsksIsRemembered() {
    var cache = NeighborCache()
    _ = cache.heard(neighbor, station, at: seconds(0))
    let found = cache.lookup(neighbor, at: seconds(1))
    #expect(found == .reachable(station))
    let question = cache.nextSolicitation(at: seconds(6))
    #expect(question?.hardware == station)
  }

  @Test func isBounded() {
    var cache = cacheWithNeighbor(capacity: 8)
    for number in 0..<100 {
      _ = cache.lookup(address(number), at: seconds(1 + Double(number) / 1000))
    }
    #expect(cache.count == 8)
    // The one that is in use stays.
    let found = cache.lookup(neighbor, at: seconds(2))
    #expect(found == .reachable(station))
  }

  @Test func strangersDoNotEvictWhatIsUsed() {
    var cache = NeighborCache(capacity: 4)
    for number in 0..<4 {
      _ = cache.lookup(address(number), at: seconds(0))
      _ = cache.confirmed(address(number), station, solicited: true, override: true, at: seconds(0))
    }
    _ = cache.heard(neighbor, station, at: seconds(1))
    let found = (0..<4).map { cache.lookup(address($0), at: seconds(1)) }
    #expect(found == Array(repeating: .reachable(station), count: 4))
  }

  @Test func aFullCacheOfUsedNeighborsTakesANewOne() {
    var cache = NeighborCache(capacity: 2)
    for number in 0..<3 {
      let now = seconds(Double(number))
      _ = cache.lookup(address(number), at: now)
      _ = cache.confirmed(address(number), station, solicited: true, override: true, at: now)
    }
    let last = cache.lookup(address(2), at: seconds(3))
    let first = cache.lookup(address(0), at: seconds(3))
    #expect(last == .reachable(station))
    #expect(first == .pending)
  }
}
