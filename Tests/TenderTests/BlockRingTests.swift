// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import SystemCalls
import SystemPackage
import Testing

@testable import Tender

/// Requests to a disk in a file: through a ring, and one after the other.
@Suite struct BlockRingTests {
  /// How requests reach the file.
  struct Way: Sendable, CustomTestStringConvertible {
    var usesRing = true
    var isDirect = false
    var testDescription: String {
      (usesRing ? "ring" : "one by one") + (isDirect ? ", direct" : "")
    }

    static let all = [
      Self(), Self(usesRing: false), Self(isDirect: true), Self(usesRing: false, isDirect: true),
    ]
  }

  private static let sectors = 4096
  private static let status = QueueFixture.buffers + 0x8000
  private static let data = QueueFixture.buffers + 0x10_0000

  private static func fixture(_ file: FileFixture, _ way: Way) throws -> QueueFixture {
    try QueueFixture(devices: [.block("storage")]) { configuration in
      configuration.usesIOURing = way.usesRing
      try configuration.attach(
        block: FileBlockDevice(path: file.path, isDirect: way.isDirect))
    }
  }

  /// What a sector of the disk holds, after `writes` to it.
  private static func contents(_ sector: Int, writes: Int) -> [UInt8] {
    (0..<512).map { UInt8(truncatingIfNeeded: sector &* 7 &+ $0 &* 3 &+ writes &* 101) }
  }

  /// Makes a request available whose header stands at `slot`, and its status, too.
  private static func post(
    _ queue: borrowing QueueFixture, slot: Int, type: Int, sector: Int,
    _ data: [QueueFixture.Buffer]
  ) {
    var header = BlockRequestHeader()
    header.type = UInt32(type)
    header.sector = UInt64(sector)
    let place = QueueFixture.buffers + UInt64(slot) * 16
    queue.memory.store(header, at: GuestAddress(place))
    queue.memory.store(UInt8(0xee), at: GuestAddress(status + UInt64(slot)))
    queue.post(
      0,
      [.init(address: place, count: 16)] + data
        + [.init(address: status + UInt64(slot), count: 1, isWritten: true)])
  }

  /// Divides the `count` bytes at `address` as `shape` says.
  private static func buffers(
    at address: UInt64, _ count: Int, shape: Int, isWritten: Bool
  ) -> [QueueFixture.Buffer] {
    let ends: [Int] =
      switch shape % 4 {
      case 0: []
      case 1: [512]
      case 2: [1, 300, 301]
      default: [count - 1]
      }
    var start = 0
    return (ends.filter { $0 > start && $0 < count } + [count]).map { end in
      defer { start = end }
      return QueueFixture.Buffer(
        address: address + UInt64(start), count: UInt32(end - start), isWritten: isWritten)
    }
  }

  /// 32 at once, reads and writes in turn, of one to 16 sectors, at aligned addresses and others, in
  /// one buffer and several, 5 times.
  @Test(arguments: Way.all)
  func manyAtOnceMoveTheRightBytes(way: Way) throws {
    var writes = [Int](repeating: 0, count: Self.sectors)
    let file = try FileFixture((0..<Self.sectors).flatMap { Self.contents($0, writes: 0) })
    let queue = try Self.fixture(file, way)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5 {
      var reads: [(address: UInt64, sector: Int, count: Int)] = []
      let first = queue.used(0).count
      for slot in 0..<32 {
        // No two touch the same sectors: their order is not said.
        let sector = slot * 128 + Int.random(in: 0..<100, using: &generator)
        let count = Int.random(in: 1...16, using: &generator)
        let address = Self.data + UInt64(slot) * 0x4000 + (slot % 3 == 0 ? 0 : UInt64(slot))
        let isRead = slot % 2 == 0
        if isRead {
          reads.append((address, sector, count))
        } else {
          for one in sector..<sector + count { writes[one] += 1 }
          queue.memory.put(
            (sector..<sector + count).flatMap { Self.contents($0, writes: writes[$0]) },
            at: address)
        }
        Self.post(
          queue, slot: slot, type: isRead ? HVT_BLOCK_IN : HVT_BLOCK_OUT, sector: sector,
          Self.buffers(
            at: address, count * 512, shape: Int.random(in: 0..<4, using: &generator),
            isWritten: isRead))
      }
      #expect(try queue.serve() == nil)
      #expect(queue.memory.bytes(at: Self.status, 32)?.allSatisfy { $0 == 0 } == true)
      #expect(queue.used(0).count == first + 32)
      for read in reads {
        let expected = (read.sector..<read.sector + read.count).flatMap {
          Self.contents($0, writes: writes[$0])
        }
        let isRight = queue.memory.bytes(at: read.address, expected.count) == expected
        #expect(isRight, "sector \(read.sector), \(read.count) sectors")
      }
    }
    #expect(queue.counters.statistics.devices[0].requests.reads == 80)
    #expect(queue.counters.statistics.devices[0].requests.errors == 0)
  }

  /// What is longer than a bounce buffer goes through it in steps.
  @Test(arguments: Way.all, [HVT_BLOCK_IN, HVT_BLOCK_OUT])
  func longTransferAtAnOddAddressIsWhole(way: Way, type: Int) throws {
    let count = 5 << 19
    let contents = (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 16) }
    let isRead = type == HVT_BLOCK_IN
    let file = try FileFixture(isRead ? contents : [UInt8](repeating: 0, count: count))
    let queue = try Self.fixture(file, way)
    if !isRead { queue.memory.put(contents, at: Self.data + 3) }
    Self.post(
      queue, slot: 0, type: type, sector: 0,
      Self.buffers(at: Self.data + 3, count, shape: 2, isWritten: isRead))
    #expect(try queue.serve() == nil)
    #expect(queue.memory.bytes(at: Self.status, 1) == [0])
    let disk = try FileBlockDevice(
      Descriptor(opening: file.path, flags: 0), name: "disk", isReadOnly: true)
    let moved = isRead ? queue.memory.bytes(at: Self.data + 3, count) : try disk.bytes(at: 0, count)
    let isRight = moved == contents
    #expect(isRight)
  }

  /// An error is that request's own.
  @Test(arguments: Way.all)
  func fileThatWasCutFailsWhereItEnded(way: Way) throws {
    let file = try FileFixture((0..<64).flatMap { Self.contents($0, writes: 0) })
    let queue = try Self.fixture(file, way)
    file.resize(to: 32 * 512)
    for slot in 0..<8 {
      Self.post(
        queue, slot: slot, type: HVT_BLOCK_IN, sector: slot * 8,
        Self.buffers(
          at: Self.data + UInt64(slot) * 4096, 4096, shape: slot, isWritten: true))
    }
    #expect(try queue.serve() == nil)
    #expect(queue.memory.bytes(at: Self.status, 8) == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(queue.used(0).filter { $0.length == 1 }.count == 4)
    #expect(queue.counters.statistics.devices[0].requests.errors == 4)
    let whole = (24..<32).flatMap { Self.contents($0, writes: 0) }
    #expect(queue.memory.bytes(at: Self.data + 3 * 4096, 4096) == whole)
  }

  /// More than the kernel is given at once.
  @Test func requestsWithoutRoomWaitTheirTurn() throws {
    let file = try FileFixture((0..<Self.sectors).flatMap { Self.contents($0, writes: 0) })
    let queue = try Self.fixture(file, Way(isDirect: true))
    for slot in 0..<300 {
      Self.post(
        queue, slot: slot, type: HVT_BLOCK_IN, sector: slot,
        [.init(address: Self.data + UInt64(slot) * 512, count: 512, isWritten: true)])
    }
    #expect(try queue.serve() == nil)
    #expect(queue.used(0).count == 300)
    let expected = (0..<300).flatMap { Self.contents($0, writes: 0) }
    let isRight = queue.memory.bytes(at: Self.data, 300 * 512) == expected
    #expect(isRight)
  }

  /// A guest that halts behind its requests has them carried out.
  @Test(arguments: Way.all)
  func everythingAvailableIsDoneAtAHalt(way: Way) throws {
    let file = try FileFixture([UInt8](repeating: 0, count: 300 * 512))
    let queue = try Self.fixture(file, way)
    for slot in 0..<300 {
      let address = Self.data + UInt64(slot) * 512
      queue.memory.put(Self.contents(slot, writes: 1), at: address)
      Self.post(
        queue, slot: slot, type: HVT_BLOCK_OUT, sector: slot, [.init(address: address, count: 512)]
      )
    }
    try queue.server.complete(queue.memory)
    queue.server.finish(queue.memory)
    #expect(queue.used(0).count == 300)
    let disk = try FileBlockDevice(
      Descriptor(opening: file.path, flags: 0), name: "disk", isReadOnly: true)
    let expected = (0..<300).flatMap { Self.contents($0, writes: 1) }
    let isRight = try disk.bytes(at: 0, 300 * 512) == expected
    #expect(isRight)
  }

  /// Nothing is under way behind `finish`, whatever was.
  @Test(arguments: Way.all)
  func endWaitsForWhatIsUnderWay(way: Way) throws {
    let file = try FileFixture([UInt8](repeating: 0, count: 64 * 512))
    let queue = try Self.fixture(file, way)
    for slot in 0..<64 {
      Self.post(
        queue, slot: slot, type: slot % 8 == 7 ? HVT_BLOCK_FLUSH : HVT_BLOCK_OUT, sector: slot,
        slot % 8 == 7 ? [] : [.init(address: Self.data, count: 512)])
    }
    try queue.server.serve(queue.memory)
    queue.server.finish(queue.memory)
    let isBusy = queue.server.blocks[0].value.isBusy
    #expect(!isBusy)
    #expect(queue.memory.bytes(at: Self.status, 64)?.allSatisfy { $0 == 0 } == true)
  }

  @Test func ringIsUsedWhereItIsToBe() throws {
    let file = try FileFixture([UInt8](repeating: 0, count: 512))
    do {
      let queue = try Self.fixture(file, Way())
      let descriptor = queue.server.blocks[0].value.completionDescriptor
      #expect(descriptor != nil)
    }
    let queue = try Self.fixture(file, Way(usesRing: false))
    let descriptor = queue.server.blocks[0].value.completionDescriptor
    #expect(descriptor == nil)
  }
}
