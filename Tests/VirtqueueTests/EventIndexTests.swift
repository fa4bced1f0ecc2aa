// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import Testing
import Virtqueue

/// `avail_event` and `used_event` (VIRTIO 1.2, section 2.7.10).
@Suite struct EventIndexTests {
  private func fixture(skipping count: Int = 0) throws -> QueueFixture {
    let fixture = try QueueFixture(size: 4)
    for index in 0..<4 { fixture.describe(index, .at(0x4000, 1)) }
    try fixture.skip(count)
    return fixture
  }

  /// Every number of chains before and after a doorbell is armed, from an index on that comes past
  /// the wrap or not.
  @Test(arguments: [0, 65_450])
  func armedDoorbellRingsAtTheNextChainAndNoOther(start: Int) throws {
    let fixture = try fixture(skipping: start)
    for taken in 0...4 {
      for more in 1...4 {
        for head in 0..<UInt16(taken) { fixture.offer(head) }
        try fixture.takeAndPutAll()
        #expect(!fixture.armDoorbell())
        let old = fixture.available
        #expect(fixture.availableEvent == old)
        #expect(!fixture.rings(from: old))
        for head in 0..<UInt16(more) { fixture.offer(head) }
        #expect(fixture.rings(from: old))
        // The guest has rung; until the doorbell is armed again, it does not ring at what follows.
        #expect(!fixture.rings(from: fixture.available))
        #expect(fixture.armDoorbell() && fixture.rings(from: old))
        let last = fixture.available
        try fixture.takeAndPutAll()
        fixture.offer(0)
        #expect(!fixture.rings(from: last))
        try fixture.takeAndPutAll()
      }
    }
  }

  @Test(arguments: [0, 65_530])
  func doorbellIsNotArmedInVain(start: Int) throws {
    let fixture = try fixture(skipping: start)
    for waiting in 1...4 {
      for head in 0..<UInt16(waiting) { fixture.offer(head) }
      for left in (0..<waiting).reversed() {
        #expect(fixture.armDoorbell())
        #expect(try fixture.take())
        fixture.put(fixture.chain.head)
        #expect(fixture.armDoorbell() == (left > 0))
      }
    }
  }

  @Test(arguments: [0, 1, 32_768, 65_533, 65_535])
  func disarmedDoorbellDoesNotRing(start: Int) throws {
    let fixture = try fixture(skipping: start)
    var old = fixture.available
    fixture.offer(0, 1)
    #expect(try fixture.take())
    #expect(fixture.armDoorbell())
    fixture.disarmDoorbell()
    // What the guest made available before, but did not look at the event for yet.
    #expect(!fixture.rings(from: old) && !fixture.rings(from: old &- 4))
    try fixture.takeAndPutAll()
    for _ in 0..<30_000 {
      old = fixture.available
      fixture.offer(2)
      guard !fixture.rings(from: old) else {
        Issue.record("rings at \(old)")
        return
      }
    }
  }

  @Test func armingAfterDisarmingWorks() throws {
    let fixture = try fixture(skipping: 3)
    fixture.disarmDoorbell()
    let old = fixture.available
    fixture.offer(1)
    #expect(!fixture.rings(from: old))
    #expect(fixture.armDoorbell())
    #expect(try fixture.take())
    #expect(!fixture.armDoorbell())
  }

  /// Every used index against every event near it.
  @Test(arguments: [0, 65_534])
  func newsIsWhatIsAheadOfUsedEvent(start: Int) throws {
    let fixture = try fixture(skipping: start)
    for step in 0...6 {
      if step > 0 {
        fixture.offer(1)
        #expect(try fixture.take())
        let before = UInt16(truncatingIfNeeded: start + step - 1)
        fixture.put(1)
        // What is not published is no news.
        fixture.setUsedEvent(before)
        #expect(!fixture.hasNews())
        #expect(fixture.publish())
        #expect(fixture.hasNews())
      }
      let used = UInt16(truncatingIfNeeded: start + step)
      for distance in 0...8 as ClosedRange<UInt16> {
        fixture.setUsedEvent(used &- distance)
        #expect(fixture.hasNews() == (distance > 0))
        // A guest that does not wait is ahead itself.
        fixture.setUsedEvent(used &+ distance)
        #expect(!fixture.hasNews())
      }
    }
  }
}

extension QueueFixture {
  /// Whether a guest whose available index was `old` when it last looked rings now.
  func rings(from old: UInt16) -> Bool { needsEvent(availableEvent, from: old, to: available) }

  func takeAndPutAll() throws(QueueFault) {
    while let head = try taken() { put(head) }
  }
}

/// Whether the step of an index from `old` to `new` passes `event` (VIRTIO 1.2, section 2.7.10.2).
func needsEvent(_ event: UInt16, from old: UInt16, to new: UInt16) -> Bool {
  new &- event &- 1 < new &- old
}
