// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Testing
import Virtqueue

@Suite struct VirtqueueTests {
  @Test(arguments: [2, 4, 1024])
  func newQueueIsEmpty(size: Int) throws {
    let fixture = try QueueFixture(size: size)
    #expect(try !fixture.take())
    #expect(fixture.inFlight == 0)
    #expect(!fixture.publish())
    #expect(!fixture.hasNews())
  }

  @Test func chainHasItsSegmentsInOrder() throws {
    let fixture = try QueueFixture(size: 4)
    fixture.describe(3, .at(0x2000, 12, HVT_DESCRIPTOR_NEXT, next: 1))
    fixture.describe(1, .at(0x4000, 100, HVT_DESCRIPTOR_NEXT, next: 0))
    fixture.describe(
      0, .at(0x5000, 7, HVT_DESCRIPTOR_NEXT | HVT_DESCRIPTOR_WRITE, next: 2))
    fixture.describe(2, .at(0x6000, 1, HVT_DESCRIPTOR_WRITE, next: 9))
    fixture.offer(3)
    #expect(try fixture.take())
    #expect(fixture.chain.head == 3)
    #expect(
      fixture.chain.segments == [
        Segment(address: GuestAddress(0x2000), length: 12),
        Segment(address: GuestAddress(0x4000), length: 100),
        Segment(address: GuestAddress(0x5000), length: 7),
        Segment(address: GuestAddress(0x6000), length: 1),
      ])
    #expect(fixture.chain.readableCount == 2)
    #expect(fixture.chain.readableBytes == 112 && fixture.chain.writableBytes == 8)
    #expect(fixture.inFlight == 1)
    #expect(try !fixture.take())
  }

  @Test func usedElementsAreSeenAfterPublish() throws {
    let fixture = try QueueFixture(size: 2)
    fixture.describe(0, .at(0x4000, 1))
    fixture.describe(1, .at(0x4000, 1))
    fixture.offer(1, 0)
    #expect(try fixture.taken() == 1)
    #expect(try fixture.taken() == 0)
    fixture.put(0, 17)
    #expect(fixture.inFlight == 1)
    #expect(fixture.usedIndex == 0)
    #expect(fixture.publish() && fixture.usedIndex == 1)
    #expect(!fixture.publish())
    #expect(fixture.usedElement(0) == (0, 17))
    fixture.put(1, .max)
    #expect(fixture.publish() && fixture.usedIndex == 2)
    #expect(fixture.usedElement(1) == (1, .max))
    #expect(fixture.inFlight == 0)
  }
}
