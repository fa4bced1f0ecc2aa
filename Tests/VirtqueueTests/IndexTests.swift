// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import Testing
import Virtqueue

/// Indices, which count to 65,536 whatever the size of the queue, and the order of chains.
@Suite struct IndexTests {
  private func fixture(size: Int) throws -> QueueFixture {
    let fixture = try QueueFixture(size: size)
    for index in 0..<size {
      fixture.describe(index, .at(0x4000, UInt32(index) + 1, HVT_DESCRIPTOR_WRITE))
    }
    return fixture
  }

  @Test(arguments: [2, 4, 1024])
  func fullQueueIsTakenAndUsedWhole(size: Int) throws {
    let fixture = try fixture(size: size)
    for round in 1...3 {
      for head in (0..<UInt16(size)).reversed() { fixture.offer(head) }
      for head in (0..<UInt16(size)).reversed() { #expect(try fixture.taken() == head) }
      #expect(fixture.inFlight == size)
      #expect(try !fixture.take())
      for head in 0..<UInt16(size) { fixture.put(head, UInt32(head) + 1) }
      #expect(fixture.inFlight == 0)
      #expect(fixture.publish() && Int(fixture.usedIndex) == size * round)
      for slot in 0..<size {
        #expect(fixture.usedElement(slot) == (UInt32(slot), UInt32(slot) + 1))
      }
    }
  }

  @Test(arguments: [2, 1024])
  func indicesWrap(size: Int) throws {
    let fixture = try fixture(size: size)
    for count in 1...70_000 {
      let head = UInt16(count * 7 % size)
      fixture.offer(head)
      guard try fixture.taken() == head, fixture.chain.segments[0].length == UInt32(head) + 1 else {
        Issue.record("chain \(count) was not taken")
        return
      }
      fixture.put(head, UInt32(count))
      let isPublished = fixture.publish()
      let element = fixture.usedElement((count - 1) % size)
      guard isPublished, fixture.usedIndex == UInt16(truncatingIfNeeded: count),
        element == (UInt32(head), UInt32(count))
      else {
        Issue.record("chain \(count) was not used")
        return
      }
    }
    #expect(try !fixture.take())
  }

  @Test func availableIndexWrapsWithinABatch() throws {
    let fixture = try fixture(size: 4)
    try fixture.skip(65_534)
    fixture.offer(3, 2, 1, 0)
    #expect(fixture.available == 2)
    for head in [3, 2, 1, 0] as [UInt16] { #expect(try fixture.taken() == head) }
    #expect(try !fixture.take())
    for head in [0, 3, 1, 2] as [UInt16] { fixture.put(head, UInt32(head)) }
    #expect(fixture.publish() && fixture.usedIndex == 2)
    #expect([2, 3, 0, 1].map { fixture.usedElement($0).head } == [0, 3, 1, 2])
  }

  @Test func chainsAreUsedInAnyOrder() throws {
    let orders: [[UInt16]] = [
      [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
    ]
    let fixture = try fixture(size: 4)
    var slot = 0
    for taken in orders {
      for used in orders {
        for head in taken { fixture.offer(head) }
        for head in taken { #expect(try fixture.taken() == head) }
        for head in used { fixture.put(head) }
        #expect(fixture.publish())
        for head in used {
          #expect(fixture.usedElement(slot % 4).head == UInt32(head))
          slot += 1
        }
      }
    }
  }

  @Test(arguments: [2, 1024])
  func nothingOutsideTheUsedRingIsWritten(size: Int) throws {
    let fixture = try fixture(size: size)
    fixture.fillAroundUsedRing(with: 0xa5)
    for _ in 0..<3 {
      for head in 0..<UInt16(size) { fixture.offer(head) }
      while let head = try fixture.taken() { fixture.put(head, .max) }
      #expect(fixture.publish())
      _ = fixture.armDoorbell()
      fixture.disarmDoorbell()
    }
    #expect(fixture.isFilledAroundUsedRing(with: 0xa5))
  }

  @Test(arguments: [2, 4] as [UInt16])
  func puttingWhatWasNotTakenIsOurBug(head: UInt16) async {
    await #expect(processExitsWith: .failure) { [head] in
      let fixture = try QueueFixture(size: 4)
      fixture.describe(0, .at(0x4000, 1))
      fixture.offer(0)
      _ = try fixture.take()
      fixture.put(head)
    }
  }

  @Test func puttingTwiceIsOurBug() async {
    await #expect(processExitsWith: .failure) {
      let fixture = try QueueFixture(size: 4)
      fixture.describe(0, .at(0x4000, 1))
      fixture.offer(0)
      _ = try fixture.take()
      fixture.put(0)
      fixture.put(0)
    }
  }
}
