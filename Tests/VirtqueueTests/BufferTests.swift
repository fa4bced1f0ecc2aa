// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Testing
import Virtqueue

/// Where the buffers of a chain may be.
@Suite struct BufferTests {
  @Test(
    arguments: [
      (0x2000, 1), (0x2fff, 1), (0x2fff, 2), (0x3fff, 1), (0x2000, 0x1f_e000), (0x1f_ffff, 1),
      (QueueFixture.rings, 0x1000),
    ] as [(UInt64, UInt32)])
  func whatTheGuestMayReadIsRead(address: UInt64, length: UInt32) throws {
    let fixture = try QueueFixture(size: 2)
    fixture.describe(0, .at(address, length))
    fixture.offer(0)
    #expect(try fixture.take())
    #expect(fixture.chain.segments == [Segment(address: GuestAddress(address), length: length)])
    #expect(fixture.chain.readableCount == 1)
  }

  @Test(
    arguments: [
      (0x4000, 1), (0x4000, 0x1f_c000), (0xf_ffff, 2), (0x1f_ffff, 1), (QueueFixture.rings, 0x1000),
    ] as [(UInt64, UInt32)])
  func whatTheGuestMayWriteIsWritten(address: UInt64, length: UInt32) throws {
    let fixture = try QueueFixture(size: 2)
    fixture.describe(0, .at(address, length, HVT_DESCRIPTOR_WRITE))
    fixture.offer(0)
    #expect(try fixture.take())
    #expect(fixture.chain.segments == [Segment(address: GuestAddress(address), length: length)])
    #expect(fixture.chain.readableCount == 0)
  }

  private static let outside: [(UInt64, UInt32)] = [
    (0, 1), (0, .max), (0x1000, 1), (0x1fff, 1), (0x1fff, 2), (0x1f_ffff, 2), (0x20_0000, 1),
    (0x4000, 0x1f_c001), (0x4000, .max), (.max, 1), (.max, 2), (.max, .max), (.max - 0xfff, 0x1000),
    (1 << 32, 1), (0x1_0000_4000, 1), (1 << 63, 1), (0x8000_0000_0000_4000, 1),
  ]

  @Test(arguments: outside)
  func nothingElseIsRead(address: UInt64, length: UInt32) throws {
    let fixture = try QueueFixture(size: 2)
    fixture.describe(1, .at(address, length))
    fixture.offer(1)
    let fault = QueueFault.notReadable(descriptor: 1, GuestAddress(address), length: length)
    #expect(throws: fault) { try fixture.take() }
  }

  @Test(
    arguments: outside + [(0x2000, 1), (0x2fff, 2), (0x3000, 1), (0x3fff, 1), (0x3fff, 2)])
  func nothingElseIsWritten(address: UInt64, length: UInt32) throws {
    let fixture = try QueueFixture(size: 2)
    fixture.describe(1, .at(address, length, HVT_DESCRIPTOR_WRITE))
    fixture.offer(1)
    let fault = QueueFault.notWritable(descriptor: 1, GuestAddress(address), length: length)
    #expect(throws: fault) { try fixture.take() }
  }

  /// 1,024 descriptors of the most bytes that one can have.
  @Test func bytesAreCountedBeyond32Bits() throws {
    var memory = try GuestMemory(byteCount: 4 << 30)
    memory.regions.append(MemoryRegion(.heap, 0..<4 << 30, [.guest, .read, .write]))
    let entry = QueueEntry.fixture(size: 1024, at: 0x1000)
    for index in 0..<1024 {
      let flags = index < 512 ? HVT_DESCRIPTOR_NEXT : HVT_DESCRIPTOR_NEXT | HVT_DESCRIPTOR_WRITE
      let descriptor = QueueDescriptor.at(
        0, .max, index < 1023 ? flags : HVT_DESCRIPTOR_WRITE, next: UInt16(index + 1))
      memory.store(descriptor, at: GuestAddress(entry.descriptors + 16 * UInt64(index)))
    }
    memory.store(UInt16(1), at: GuestAddress(entry.available + 2))
    var queue = Virtqueue(entry)
    let isTaken = try queue.take(from: memory)
    let chain = queue.chain
    #expect(isTaken && chain.segments.count == 1024 && chain.readableCount == 512)
    #expect(chain.readableBytes == 512 * 0xffff_ffff && chain.writableBytes == 512 * 0xffff_ffff)
  }
}
