// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import GuestMemory
import HVTABI
import Synchronization
import SystemCalls
import Testing
import Virtqueue

/// The fences of both sides, on two processors: what each stores before it looks at what the other
/// stores, at least one of them sees.
@Suite struct FenceTests {
  #if DEBUG
    private static let rounds = 20_000
  #else
    private static let rounds = 200_000
  #endif

  @Test func doorbellRingsOrTheChainIsSeen() throws {
    let shared = try SharedQueue(size: 2)
    let race = Race()
    shared.memory.store(QueueDescriptor.at(0x1000, 1), at: GuestAddress(shared.entry.descriptors))
    try startThread {
      Processors.stay(on: 0) {
        for round in 1...Self.rounds {
          race.waitForStart(of: round)
          race.end(round, rings: offer(UInt16(truncatingIfNeeded: round), in: shared))
        }
      }
    }
    try Processors.stay(on: 1) { try ring(shared, race) }
  }

  private func ring(_ shared: SharedQueue, _ race: Race) throws {
    var queue = Virtqueue(shared.entry)
    for round in 1...Self.rounds {
      race.start(round)
      let hasCome = queue.armDoorbell(in: shared.memory)
      let rings = race.waitForEnd(of: round)
      guard hasCome || rings, try queue.take(from: shared.memory) else {
        Issue.record("nobody was told of chain \(round)")
        return
      }
      queue.put(0, length: 0, in: shared.memory)
    }
  }

  @Test func newsAreSeenByOneSide() throws {
    // So many that both fields are in cache lines of their own.
    let shared = try SharedQueue(size: 64)
    let race = Race()
    shared.memory.store(QueueDescriptor.at(0x1000, 1), at: GuestAddress(shared.entry.descriptors))
    try startThread {
      Processors.stay(on: 0) { lookForNews(shared, race) }
    }
    try Processors.stay(on: 1) { try publish(shared, race) }
  }

  private func lookForNews(_ shared: SharedQueue, _ race: Race) {
    for round in 1...Self.rounds {
      let number = UInt16(truncatingIfNeeded: round)
      // What the tender reads until it sees the event of this round means that there is no news.
      race.waitForStart(of: 2 * round - 1)
      shared.memory.storeReleasing(number, at: shared.usedEvent)
      race.end(2 * round - 1, rings: offer(number, in: shared))

      race.waitForStart(of: 2 * round)
      shared.memory.storeReleasing(number &- 1, at: shared.usedEvent)
      GuestMemory.fence()
      let used = shared.memory.loadAcquiring(at: GuestAddress(shared.entry.used + 2))
      race.end(2 * round, rings: used == number)
    }
  }

  private func publish(_ shared: SharedQueue, _ race: Race) throws {
    var queue = Virtqueue(shared.entry)
    for round in 1...Self.rounds {
      race.start(2 * round - 1)
      _ = race.waitForEnd(of: 2 * round - 1)
      let isTaken = try queue.take(from: shared.memory)
      queue.put(0, length: 0, in: shared.memory)
      race.start(2 * round)
      queue.publish(in: shared.memory)
      let hasNews = queue.hasNews(in: shared.memory)
      guard race.waitForEnd(of: 2 * round) || hasNews, isTaken else {
        Issue.record("nobody saw that chain \(round) was used")
        return
      }
    }
  }
}

extension SharedQueue {
  fileprivate var usedEvent: GuestAddress {
    GuestAddress(entry.available + 4 + 2 * UInt64(entry.size))
  }

  fileprivate var availableEvent: GuestAddress {
    GuestAddress(entry.used + 4 + 8 * UInt64(entry.size))
  }
}

/// Makes the chain of the first descriptor available as the one before index `index`. Whether the
/// doorbell is asked for.
private func offer(_ index: UInt16, in shared: SharedQueue) -> Bool {
  shared.memory.storeReleasing(index, at: GuestAddress(shared.entry.available + 2))
  GuestMemory.fence()
  let event = shared.memory.loadAcquiring(at: shared.availableEvent)
  return needsEvent(event, from: index &- 1, to: index)
}

/// Rounds in which two threads do something at the same time.
private final class Race: Sendable {
  private let started = Atomic(0)
  private let ended = Atomic(0)
  private let result = Atomic(false)

  /// Lets the other thread begin, and waits about as long as that takes, now more, now less.
  func start(_ round: Int) {
    started.store(round, ordering: .releasing)
    for _ in 0..<round % 1024 { _ = ended.load(ordering: .relaxed) }
  }

  func waitForStart(of round: Int) { wait { started.load(ordering: .acquiring) == round } }

  func end(_ round: Int, rings: Bool) {
    result.store(rings, ordering: .relaxed)
    ended.store(round, ordering: .releasing)
  }

  func waitForEnd(of round: Int) -> Bool {
    wait { ended.load(ordering: .acquiring) == round }
    return result.load(ordering: .relaxed)
  }

  private func wait(for condition: () -> Bool) {
    var attempts = 0
    while !condition() {
      attempts += 1
      if attempts % 1000 == 0 { sched_yield() }
    }
  }
}
