// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a queue of two descriptors must do, in lists instead of rings: each head is in at most one.
struct ReferenceQueue: Hashable {
  enum Step: Hashable {
    case offer(UInt16), reap, announce
    case take, put(UInt16), putBack, publish, arm, disarm
  }

  // With the guest, then with the tender, and on the way between them.
  var offered: [UInt16] = []
  var inFlight: [UInt16] = []
  var finished: [UInt16] = []
  var used: [UInt16] = []
  /// All chains published, for the used ring's contents.
  var history: [UInt16] = []

  var (offeredCount, takenCount, seenCount): (UInt16, UInt16, UInt16) = (0, 0, 0)
  var (usedEvent, availableEvent): (UInt16, UInt16) = (0, 0)
  var canPutBack = false

  static let heads: [UInt16] = [0, 1]
  static let chainLimit = 4

  var hasNews: Bool { UInt16(history.count) > usedEvent }

  /// The steps that a guest by the rules, and a tender without a bug, can take.
  var steps: [Step] {
    let away = offered + inFlight + finished + used
    let offers = Self.heads.filter { !away.contains($0) && offeredCount < Self.chainLimit }
    return offers.map { .offer($0) } + inFlight.map { .put($0) }
      + (canPutBack ? [.putBack] : []) + [.reap, .announce, .take, .publish, .arm, .disarm]
  }

  /// Takes `step`; what it returns, or false for those that return nothing.
  mutating func perform(_ step: Step) -> Bool {
    switch step {
    case .offer(let head):
      offered.append(head)
      offeredCount += 1
    case .reap:
      seenCount += UInt16(used.count)
      used = []
    case .announce: usedEvent = seenCount
    case .take:
      if offered.isEmpty { return false }
      inFlight.append(offered.removeFirst())
      takenCount += 1
      canPutBack = true
      return true
    case .put(let head):
      if head == inFlight.last { canPutBack = false }
      inFlight.removeAll { $0 == head }
      finished.append(head)
    case .putBack:
      offered.insert(inFlight.removeLast(), at: 0)
      takenCount -= 1
      canPutBack = false
    case .publish:
      (used, history) = (used + finished, history + finished)
      defer { finished = [] }
      return !finished.isEmpty
    case .arm:
      availableEvent = takenCount
      return !offered.isEmpty
    case .disarm: availableEvent = takenCount ^ 0x8000
    }
    return false
  }
}
