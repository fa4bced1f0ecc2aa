// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import SystemPackage
import Testing
import Virtqueue

@testable import Tender

/// The requests of a block device's queue (hvt-abi/SPEC.md, "Block" of "Queues").
@Suite struct BlockQueueTests {
  private static let header = QueueFixture.buffers
  private static let data = QueueFixture.buffers + 0x1000
  private static let status = QueueFixture.buffers + 0x8000

  private static func fixture(
    _ device: any BlockDevice
  ) throws -> QueueFixture {
    try QueueFixture(devices: [.block("storage")]) { try $0.attach(block: device) }
  }

  private static func disk(isReadOnly: Bool = false) -> MemoryBlockDevice {
    MemoryBlockDevice(
      contents: (0..<8192).map { UInt8(truncatingIfNeeded: $0 / 512) }, isReadOnly: isReadOnly)
  }

  /// Carries out a request of `type`, with `data` between header and status; its status.
  private static func request(
    _ queue: inout QueueFixture, _ type: Int, sector: UInt64, _ data: [QueueFixture.Buffer]
  ) throws -> UInt8 {
    var header = BlockRequestHeader()
    header.type = UInt32(type)
    header.sector = sector
    queue.memory.store(header, at: GuestAddress(Self.header))
    queue.memory.store(UInt8(0xee), at: GuestAddress(status))
    queue.post(
      0,
      [.init(address: Self.header, count: 16)] + data
        + [.init(address: status, count: 1, isWritten: true)])
    #expect(try queue.serve() == nil)
    return queue.memory.bytes(at: status, 1)?[0] ?? 0xff
  }

  @Test func readFillsItsSegments() throws {
    var queue = try Self.fixture(Self.disk())
    let status = try Self.request(
      &queue, HVT_BLOCK_IN, sector: 2,
      [
        .init(address: Self.data, count: 500, isWritten: true),
        .init(address: Self.data + 0x1000, count: 1036, isWritten: true),
      ])
    #expect(status == 0)
    #expect(queue.memory.bytes(at: Self.data, 500) == [UInt8](repeating: 2, count: 500))
    #expect(
      queue.memory.bytes(at: Self.data + 0x1000, 13) == [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3])
    #expect(queue.used(0).map(\.length) == [1537])
    #expect(queue.counters.statistics.devices[0].requests.reads == 1)
    #expect(queue.counters.statistics.devices[0].requests.readBytes == 1536)
  }

  @Test func writeIsReadBack() throws {
    let disk = Self.disk()
    var queue = try Self.fixture(disk)
    queue.memory.put([UInt8](repeating: 0x77, count: 1024), at: Self.data)
    #expect(
      try Self.request(
        &queue, HVT_BLOCK_OUT, sector: 14, [.init(address: Self.data, count: 1024)]) == 0)
    #expect(disk.contents[7168...].allSatisfy { $0 == 0x77 })
    #expect(queue.used(0).map(\.length) == [1])
  }

  static let refused: [(type: Int, sector: UInt64, count: UInt32)] = [
    (HVT_BLOCK_IN, 16, 512), (HVT_BLOCK_IN, 15, 1024), (HVT_BLOCK_IN, 1 << 55, 512),
    (HVT_BLOCK_IN, .max, 512), (HVT_BLOCK_IN, 0, 511), (HVT_BLOCK_IN, 0, 513),
    (HVT_BLOCK_OUT, 16, 512), (HVT_BLOCK_OUT, .max / 512, 512), (HVT_BLOCK_OUT, 0, 1),
  ]

  @Test(arguments: refused)
  func rangeOutsideTheDeviceIsAnError(type: Int, sector: UInt64, count: UInt32) throws {
    let disk = Self.disk()
    var queue = try Self.fixture(disk)
    let before = disk.contents
    let isWritten = type == HVT_BLOCK_IN
    #expect(
      try Self.request(
        &queue, type, sector: sector,
        [.init(address: Self.data, count: count, isWritten: isWritten)]) == 1)
    #expect(disk.contents == before)
    #expect(queue.counters.statistics.devices[0].requests.errors == 1)
  }

  /// Buffers that overlap make more data than there is memory.
  @Test(arguments: [HVT_BLOCK_IN, HVT_BLOCK_OUT])
  func requestOfMoreThanAGibibyteIsAnError(type: Int) throws {
    let file = try FileFixture([0])
    file.resize(to: 8 << 30)
    var queue = try Self.fixture(try FileBlockDevice(path: file.path))
    let buffer = QueueFixture.Buffer(
      address: QueueFixture.buffers + 0x10000, count: 8 << 20, isWritten: type == HVT_BLOCK_IN)
    let data = Array(repeating: buffer, count: 600)
    #expect(try Self.request(&queue, type, sector: 0, data) == 1)
  }

  @Test func requestWithoutDataIsAnError() throws {
    var queue = try Self.fixture(Self.disk())
    #expect(try Self.request(&queue, HVT_BLOCK_IN, sector: 0, []) == 1)
    #expect(try Self.request(&queue, HVT_BLOCK_OUT, sector: 0, []) == 1)
  }

  @Test(arguments: [2, 3, 5, 8, 10, 12, 14, 0x8000_0000, 0xffff_ffff, HVT_BLOCK_DISCARD])
  func otherTypesAreUnsupported(type: Int) throws {
    var queue = try Self.fixture(Self.disk())
    #expect(try Self.request(&queue, type, sector: 0, []) == 2)
  }

  @Test func readOnlyDeviceRefusesWrites() throws {
    var queue = try Self.fixture(Self.disk(isReadOnly: true))
    let data = QueueFixture.Buffer(address: Self.data, count: 512)
    #expect(try Self.request(&queue, HVT_BLOCK_OUT, sector: 0, [data]) == 2)
    #expect(try Self.request(&queue, HVT_BLOCK_FLUSH, sector: 0, []) == 0)
  }

  @Test(arguments: [HVT_BLOCK_DISCARD, HVT_BLOCK_WRITE_ZEROES])
  func rangeOfAFileBecomesZero(type: Int) throws {
    let file = try FileFixture([UInt8](repeating: 0x55, count: 65536))
    let disk = try FileBlockDevice(path: file.path)
    var queue = try Self.fixture(disk)
    var range = BlockRange()
    range.sector = 16
    range.sectors = 16
    queue.memory.store(range, at: GuestAddress(Self.data))
    let data = QueueFixture.Buffer(address: Self.data, count: 16)
    #expect(try Self.request(&queue, type, sector: 0, [data]) == 0)
    let bytes = try disk.bytes(at: 0, 65536)
    #expect(bytes[8192..<16384].allSatisfy { $0 == 0 })
    #expect(bytes[..<8192].allSatisfy { $0 == 0x55 } && bytes[16384...].allSatisfy { $0 == 0x55 })

    range.sectors = 128
    queue.memory.store(range, at: GuestAddress(Self.data))
    #expect(try Self.request(&queue, type, sector: 0, [data]) == 1)
    #expect(try Self.request(&queue, type, sector: 0, []) == 1)
  }

  @Test func headerMayBeDividedAnywhere() throws {
    var queue = try Self.fixture(Self.disk())
    var header = BlockRequestHeader()
    header.sector = 3
    queue.memory.store(header, at: GuestAddress(Self.header))
    queue.post(
      0,
      [
        .init(address: Self.header, count: 1), .init(address: Self.header + 1, count: 10),
        .init(address: Self.header + 11, count: 5),
        .init(address: Self.data, count: 513, isWritten: true),
      ])
    #expect(try queue.serve() == nil)
    #expect(queue.memory.bytes(at: Self.data, 513) == [UInt8](repeating: 3, count: 512) + [0])
  }

  @Test func chainWithoutHeaderOrStatusIsAFault() throws {
    for buffers in [
      [
        QueueFixture.Buffer(address: Self.header, count: 15),
        .init(address: Self.status, count: 1, isWritten: true),
      ],
      [QueueFixture.Buffer(address: Self.header, count: 16)],
    ] {
      var queue = try Self.fixture(Self.disk())
      queue.post(0, buffers)
      let lack = QueueFault.incomplete(head: 0, lacking: "a header or room for the status")
      #expect(try queue.serve() == .queue(handle: 1, .request, lack))
    }
  }

  /// A guest cannot keep its tender from stopping it with a queue full of long requests.
  @Test func noFurtherLongRequestIsBegunAfterAStop() throws {
    var queue = try Self.fixture(
      MemoryBlockDevice(contents: [UInt8](repeating: 7, count: 1 << 20)))
    queue.memory.store(BlockRequestHeader(), at: GuestAddress(Self.header))
    for _ in 0..<3 {
      queue.post(
        0,
        [
          .init(address: Self.header, count: 16),
          .init(address: Self.data, count: 1 << 20, isWritten: true),
          .init(address: Self.status, count: 1, isWritten: true),
        ])
    }
    queue.stop.request()
    #expect(try queue.serve() == nil)
    #expect(queue.used(0).count == 1)
  }

  @Test func bufferInTheTendersAreaIsAFault() throws {
    var queue = try Self.fixture(Self.disk())
    queue.post(
      0,
      [
        .init(address: Self.header, count: 16),
        .init(address: 0x1000, count: 512, isWritten: true),
      ])
    guard case .queue(handle: 1, .request, _)? = try queue.serve() else {
      Issue.record("the tender's area was taken for a buffer")
      return
    }
  }
}
