// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import Testing
import Virtqueue

/// What a thread that does not serve a queue sees of it.
@Suite struct QueueIndicesTests {
  private func fixture(skipping count: Int) throws -> QueueFixture {
    let fixture = try QueueFixture(size: 4)
    for index in 0..<4 { fixture.describe(index, .at(0x4000, 1)) }
    try fixture.skip(count)
    return fixture
  }

  /// Up to the queue's size of chains, made available before and after the doorbell was armed.
  @Test(arguments: [0, 32_767, 65_534], 0...4)
  func doorbellIsNeededForWhatCameAfterItWasArmed(start: Int, count: Int) throws {
    let fixture = try fixture(skipping: start)
    #expect(!fixture.armDoorbell())
    #expect(!fixture.needsDoorbell)
    for head in 0..<UInt16(count) { fixture.offer(head) }
    #expect(fixture.needsDoorbell == (count > 0))
    try fixture.takeAndPutAll()
    #expect(!fixture.armDoorbell())
    #expect(!fixture.needsDoorbell)
  }

  @Test(arguments: [0, 1, 32_767, 65_535])
  func disarmedDoorbellIsNotNeeded(start: Int) throws {
    let fixture = try fixture(skipping: start)
    fixture.disarmDoorbell()
    for head in 0..<UInt16(4) {
      fixture.offer(head)
      #expect(!fixture.needsDoorbell)
    }
  }

  /// Every used index against every event near it.
  @Test(arguments: [0, 32_767, 65_534])
  func newsAreWhatIsAheadOfUsedEvent(start: Int) throws {
    let fixture = try fixture(skipping: start)
    for _ in 0..<6 {
      let used = fixture.usedIndex
      for distance in -8...8 {
        fixture.setUsedEvent(used &- UInt16(truncatingIfNeeded: distance))
        #expect(fixture.newsCount == distance)
      }
      fixture.offer(1)
      #expect(try fixture.take())
      fixture.put(1)
      // What is not published is no news.
      fixture.setUsedEvent(used)
      #expect(fixture.newsCount == 0)
      #expect(fixture.publish() && fixture.newsCount == 1)
    }
  }
}

extension QueueFixture {
  fileprivate var needsDoorbell: Bool { QueueIndices(entry).needsDoorbell(in: memory) }

  fileprivate var newsCount: Int { QueueIndices(entry).newsCount(in: memory) }
}
