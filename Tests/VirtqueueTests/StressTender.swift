// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import SystemCalls
import Virtqueue

/// Serves a queue on a thread of its own: answers each chain with what follows from its checksum, in
/// any order, some at once and some later.
struct StressTender: ~Copyable {
  private struct Answer {
    var head: UInt16
    var length: UInt32
  }

  private let shared: SharedQueue
  private var queue: Virtqueue
  private var random: UInt64 = 2
  private var answers: [Answer] = []

  init(_ shared: SharedQueue) {
    self.shared = shared
    queue = Virtqueue(shared.entry)
  }

  /// Serves `count` chains. What went wrong, or nil.
  mutating func run(_ count: Int) throws -> String? {
    var taken = 0
    while taken < count || queue.inFlight > 0 {
      var isIdle = true
      while try queue.take(from: shared.memory) {
        (taken, isIdle) = (taken + 1, false)
        answers.append(answer())
        if next(&random) % 4 == 0 { giveBack(Int(next(&random) % 8)) }
      }
      giveBack(isIdle ? answers.count : Int(next(&random) % 8))
      guard queue.inFlight == answers.count else { return "\(queue.inFlight) in flight" }
      if isIdle, taken < count, !queue.armDoorbell(in: shared.memory) {
        guard try SharedQueue.wait(for: shared.doorbell) else { return "no doorbell at \(taken)" }
        queue.disarmDoorbell(in: shared.memory)
      }
    }
    return nil
  }

  private func answer() -> Answer {
    var checksum: UInt64 = 0
    let chain = queue.chain
    for segment in chain.segments[..<chain.readableCount] {
      shared.add(segment.address.rawValue, segment.length, to: &checksum)
    }
    for segment in chain.segments[chain.readableCount...] {
      shared.fill(segment.address.rawValue, segment.length, from: &checksum)
    }
    return Answer(head: chain.head, length: UInt32(chain.writableBytes))
  }

  /// Gives back up to `count` chains, and wakes the guest if it sleeps.
  private mutating func giveBack(_ count: Int) {
    for _ in 0..<min(count, answers.count) {
      let index = Int(next(&random) % UInt64(answers.count))
      answers.swapAt(index, answers.count - 1)
      let answer = answers.removeLast()
      queue.put(answer.head, length: answer.length, in: shared.memory)
    }
    if queue.publish(in: shared.memory), queue.hasNews(in: shared.memory) { shared.news.raise() }
  }
}
