// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Testing
import Virtqueue

@Suite struct FaultTests {
  private static let next = HVT_DESCRIPTOR_NEXT
  private static let write = HVT_DESCRIPTOR_WRITE
  private static let indirect = HVT_DESCRIPTOR_INDIRECT

  /// A queue of 4 whose descriptors are buffers of a byte to be read, until a test changes one.
  private func fixture() throws -> QueueFixture {
    let fixture = try QueueFixture(size: 4)
    for index in 0..<4 { fixture.describe(index, .at(0x4000, 1)) }
    return fixture
  }

  @Test(arguments: [2, 4, 1024], [1, 2, 0x7fff, 0xffff] as [UInt16])
  func availableIndexIsAtMostTheSizeAhead(size: Int, excess: UInt16) throws {
    let fixture = try QueueFixture(size: size)
    let index = UInt16(size) &+ excess
    guard Int(index) > size else { return }
    fixture.setAvailable(index)
    #expect(throws: QueueFault.availableIndex(index, taken: 0, size: size)) { try fixture.take() }
    #expect(throws: QueueFault.availableIndex(index, taken: 0, size: size)) { try fixture.take() }
  }

  @Test func availableIndexDoesNotGoBack() throws {
    let fixture = try fixture()
    fixture.offer(0, 1)
    #expect(try fixture.taken() == 0)
    #expect(try fixture.taken() == 1)
    fixture.setAvailable(1)
    #expect(throws: QueueFault.availableIndex(1, taken: 2, size: 4)) { try fixture.take() }
  }

  @Test(arguments: [4, 5, 0x8000, 0xffff] as [UInt16])
  func headIsADescriptor(head: UInt16) throws {
    let fixture = try fixture()
    fixture.offer(0, head)
    #expect(try fixture.taken() == 0)
    #expect(throws: QueueFault.head(head, size: 4)) { try fixture.take() }
  }

  @Test func headIsNotTheTendersYet() throws {
    let fixture = try fixture()
    fixture.offer(2, 1, 2)
    #expect(try fixture.taken() == 2)
    #expect(try fixture.taken() == 1)
    #expect(throws: QueueFault.headInFlight(2)) { try fixture.take() }
    #expect(fixture.inFlight == 2)
    fixture.put(2)
    #expect(try fixture.taken() == 2)
  }

  @Test(arguments: [4, 5, 0x8000, 0xffff] as [UInt16])
  func nextIsADescriptor(next: UInt16) throws {
    let fixture = try fixture()
    fixture.describe(0, .at(0x4000, 1, Self.next, next: 2))
    fixture.describe(2, .at(0x4000, 1, Self.next, next: next))
    fixture.offer(0)
    #expect(throws: QueueFault.next(next, descriptor: 2, size: 4)) { try fixture.take() }
  }

  @Test(arguments: [2, 4, 1024])
  func chainHasAtMostTheQueuesDescriptors(size: Int) throws {
    let fixture = try QueueFixture(size: size)
    for index in 0..<size {
      fixture.describe(index, .at(0x4000, 1, Self.next, next: UInt16(index + 1)))
    }
    fixture.describe(size - 1, .at(0x4000, 1))
    fixture.offer(0)
    #expect(try fixture.take())
    #expect(fixture.chain.segments.count == size)
    fixture.put(0)
    fixture.describe(size - 1, .at(0x4000, 1, Self.next, next: 1))
    fixture.offer(0)
    #expect(throws: QueueFault.chainTooLong(head: 0, size: size)) { try fixture.take() }
  }

  @Test(arguments: [0, 3] as [UInt16])
  func loopEnds(back: UInt16) throws {
    let fixture = try fixture()
    fixture.describe(0, .at(0x4000, 1, Self.next, next: 3))
    fixture.describe(3, .at(0x4000, 1, Self.next, next: back))
    fixture.offer(0)
    #expect(throws: QueueFault.chainTooLong(head: 0, size: 4)) { try fixture.take() }
  }

  @Test(arguments: [0, 1, 2, 3])
  func indirectIsRefused(flags: Int) throws {
    let fixture = try fixture()
    fixture.describe(1, .at(0x4000, 16, Self.indirect | flags, next: 2))
    fixture.offer(1)
    #expect(throws: QueueFault.indirect(descriptor: 1)) { try fixture.take() }
  }

  @Test func unknownFlagsAreIgnored() throws {
    let fixture = try fixture()
    fixture.describe(1, .at(0x4000, 1, 0xfff8 | Self.next, next: 2))
    fixture.describe(2, .at(0x4000, 2, 0xfff8 | Self.write, next: 3))
    fixture.offer(1)
    #expect(try fixture.take())
    #expect(fixture.chain.readableBytes == 1 && fixture.chain.writableBytes == 2)
  }

  @Test(arguments: [0, HVT_DESCRIPTOR_WRITE])
  func descriptorHasBytes(flags: Int) throws {
    let fixture = try fixture()
    fixture.describe(0, .at(0x4000, 1, Self.next, next: 3))
    fixture.describe(3, .at(0x4000, 0, flags))
    fixture.offer(0)
    #expect(throws: QueueFault.empty(descriptor: 3)) { try fixture.take() }
  }

  @Test func whatIsReadComesFirst() throws {
    let fixture = try fixture()
    fixture.describe(0, .at(0x4000, 1, Self.next, next: 1))
    fixture.describe(1, .at(0x4000, 1, Self.next | Self.write, next: 2))
    fixture.describe(2, .at(0x4000, 1))
    fixture.offer(0)
    #expect(throws: QueueFault.readAfterWrite(descriptor: 2)) { try fixture.take() }
  }

  /// A fault leaves nothing taken, so that even who ignores it loses no count.
  @Test func faultTakesNothing() throws {
    let fixture = try fixture()
    fixture.describe(1, .at(0x4000, 0))
    fixture.offer(0, 1)
    #expect(try fixture.taken() == 0)
    #expect(throws: QueueFault.empty(descriptor: 1)) { try fixture.take() }
    #expect(throws: QueueFault.empty(descriptor: 1)) { try fixture.take() }
    #expect(fixture.inFlight == 1)
    fixture.describe(1, .at(0x4000, 9))
    #expect(try fixture.taken() == 1)
    #expect(fixture.chain.readableBytes == 9 && fixture.inFlight == 2)
  }
}
