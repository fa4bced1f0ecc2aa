// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import Testing
import Virtqueue

/// The queue does what the reference does, in every state that four chains can bring it into.
@Suite struct ReferenceQueueTests {
  @Test func queueDoesWhatTheReferenceDoes() throws {
    var paths: [(state: ReferenceQueue, path: [ReferenceQueue.Step])] = [(ReferenceQueue(), [])]
    var known = Set([ReferenceQueue()])
    var next = 0
    while next < paths.count {
      let (state, path) = paths[next]
      for step in state.steps {
        guard try follow(path + [step]) else {
          Issue.record("differs after \(path + [step])")
          return
        }
        var after = state
        _ = after.perform(step)
        if known.insert(after).inserted { paths.append((after, path + [step])) }
      }
      next += 1
    }
    #expect(paths.count > 1000)
  }

  /// Whether queue and reference agree on the last step of `path`.
  private func follow(_ path: [ReferenceQueue.Step]) throws -> Bool {
    let fixture = try QueueFixture(size: 2)
    fixture.describe(0, .at(0x4000, 1))
    fixture.describe(1, .at(0x5000, 1, HVT_DESCRIPTOR_WRITE))
    var reference = ReferenceQueue()
    for step in path.dropLast() {
      _ = reference.perform(step)
      _ = try fixture.perform(step, reference)
    }
    guard let last = path.last else { return true }
    let expected = reference.perform(last)
    return try fixture.perform(last, reference) == expected && fixture.agrees(with: reference)
  }
}

extension QueueFixture {
  /// Takes `step`, which led to the state `after`.
  fileprivate func perform(
    _ step: ReferenceQueue.Step, _ after: ReferenceQueue
  ) throws(QueueFault) -> Bool {
    switch step {
    case .offer(let head): offer(head)
    case .reap: break
    case .announce: setUsedEvent(after.usedEvent)
    case .take: return try take()
    case .put(let head): put(head, 100 + UInt32(head))
    case .putBack: putBack()
    case .publish: return publish()
    case .arm: return armDoorbell()
    case .disarm: disarmDoorbell()
    }
    return false
  }

  fileprivate func agrees(with reference: ReferenceQueue) -> Bool {
    let ring = reference.history.indices.suffix(2 - reference.finished.count).allSatisfy { index in
      let head = UInt32(reference.history[index])
      return usedElement(index % 2) == (head, 100 + head)
    }
    return ring && inFlight == reference.inFlight.count && hasNews() == reference.hasNews
      && Int(usedIndex) == reference.history.count
      && availableEvent == reference.availableEvent
      && (!reference.canPutBack || chain.head == reference.inFlight.last)
  }
}
