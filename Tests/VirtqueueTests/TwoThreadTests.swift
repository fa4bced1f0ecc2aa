// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Synchronization
import SystemCalls
import Testing
import Virtqueue

/// A guest and a tender that run at the same time.
@Suite struct TwoThreadTests {
  /// How a thread ended.
  private final class Outcome: Sendable {
    private let problem = Mutex<String?>("has not ended")
    private let end: EventDescriptor

    init() throws { end = try EventDescriptor() }

    func set(_ problem: String?) {
      self.problem.withLock { $0 = problem }
      end.raise()
    }

    func wait() throws -> String? {
      _ = try SharedQueue.wait(for: end)
      return problem.withLock { $0 }
    }
  }

  #if DEBUG
    private static let unit = 1000
  #else
    private static let unit = 10_000
  #endif

  @Test(arguments: [(2, 5 * unit), (8, 15 * unit), (256, 70 * unit), (1024, 10 * unit)])
  func allChainsComeBackWhole(size: Int, count: Int) throws {
    let shared = try SharedQueue(size: size)
    let outcome = try Outcome()
    try startThread {
      var tender = StressTender(shared)
      do {
        outcome.set(try tender.run(count))
      } catch {
        outcome.set("\(error)")
      }
    }
    var guest = StressGuest(shared)
    let problem = try guest.run(count)
    #expect(problem == nil)
    #expect(guest.completed == count)
    #expect(try outcome.wait() == nil)
  }

  /// A guest that writes anything into its rings while they are read.
  @Test(arguments: [2, 64])
  func scribblingGuestGetsNothing(size: Int) throws {
    let shared = try SharedQueue(size: size)
    let (outcome, isOver) = (try Outcome(), SharedFlag())
    try startThread {
      scribble(shared, until: isOver)
      outcome.set(nil)
    }
    var random: UInt64 = 3
    var (faults, chains) = (0, 0)
    for _ in 0..<20_000 {
      var queue = Virtqueue(shared.entry)
      do {
        for _ in 0..<100 where try queue.take(from: shared.memory) {
          chains += 1
          let isInside = queue.chain.segments.allSatisfy {
            shared.memory.isWritable(at: $0.address, count: UInt64($0.length)) && $0.length > 0
          }
          #expect(isInside && queue.chain.segments.count <= size && queue.inFlight <= size)
          if next(&random) % 2 == 0 { queue.put(queue.chain.head, length: 1, in: shared.memory) }
          queue.publish(in: shared.memory)
          _ = queue.armDoorbell(in: shared.memory)
        }
      } catch { faults += 1 }
    }
    isOver.set()
    #expect(try outcome.wait() == nil)
    #expect(faults > 0 && chains > 0)
  }
}

/// Something that is over.
private final class SharedFlag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  func set() { value.store(true, ordering: .relaxed) }
}

/// Writes indices, heads and descriptors, wrong ones now and then, until it is told to stop.
private func scribble(_ shared: SharedQueue, until isOver: SharedFlag) {
  let entry = shared.entry
  var random: UInt64 = 4
  func number(below limit: UInt16) -> UInt16 {
    let number = UInt16(truncatingIfNeeded: next(&random))
    return next(&random) % 64 == 0 ? number : number % limit
  }
  while !isOver.isSet {
    let slot = next(&random) % UInt64(entry.size)
    switch next(&random) % 4 {
    case 0:
      shared.memory.storeReleasing(number(below: entry.size), at: GuestAddress(entry.available + 2))
    case 1:
      let address = GuestAddress(entry.available + 4 + 2 * slot)
      shared.memory.storeReleasing(number(below: entry.size), at: address)
    default:
      let rest = QueueDescriptor.at(
        UInt64(number(below: 512)) << 12, UInt32(number(below: 256)),
        Int(number(below: 4)), next: number(below: entry.size))
      shared.memory.store(rest, at: GuestAddress(entry.descriptors + 16 * slot))
    }
  }
}
