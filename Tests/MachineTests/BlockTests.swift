// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import HVTABI
import Tender
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct BlockTests {
  private static let invalid: Int32 = 2
  private static let unspecified: Int32 = 3

  /// A disk on which every byte tells where it is.
  private static func contents(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  /// One transfer on the only disk; the result's word of the block, and the buffer if it was read.
  private func transfer(
    _ call: Hypercall, offset: UInt64, count: UInt64, buffer: [UInt8]? = nil,
    on disk: any BlockDevice
  ) async throws -> (result: Int32, block: [UInt8], buffer: [UInt8]) {
    var guest = GuestProgram(devices: [.block("storage")])
    let address = buffer.map { guest.place($0) } ?? GuestProgram.heapStart
    let block = guest.place(words: [1, offset, address, count, .max])
    guest.call(call, block)
    guest.show(block, 40)
    if call == .blockRead { guest.show(address, min(count, 1 << 20)) }
    guest.halt()
    let run = try await guest.run { try $0.attach(block: disk) }
    #expect(run.status == 0)
    #expect(try run.value(at: 36, as: UInt32.self) == .max, "padding stays")
    #expect(try run.value(at: 24, as: UInt64.self) == count, "len")
    return (
      try run.value(at: 32, as: Int32.self), Array(run.output.prefix(40)),
      Array(run.output.dropFirst(40))
    )
  }

  @Test(
    arguments: [512, 1024, 4096] as [UInt16],
    [(0, 1), (1, 1), (0, 2), (3, 5), (0, 8), (7, 1), (4, 4)] as [(UInt64, UInt64)])
  func readFillsTheBuffer(sector: UInt16, range: (first: UInt64, count: UInt64)) async throws {
    let contents = Self.contents(Int(sector) * 8)
    let disk = MemoryBlockDevice(contents: contents, blockSize: sector)
    let (offset, count) = (range.first * UInt64(sector), range.count * UInt64(sector))
    let read = try await transfer(.blockRead, offset: offset, count: count, on: disk)
    #expect(read.result == 0)
    #expect(read.buffer == Array(contents[Int(offset)..<Int(offset + count)]))
  }

  @Test(
    arguments: [512, 4096] as [UInt16],
    [(0, 1), (7, 1), (2, 3), (0, 8)] as [(UInt64, UInt64)])
  func writeChangesThoseSectorsAlone(
    sector: UInt16, range: (first: UInt64, count: UInt64)
  ) async throws {
    var contents = Self.contents(Int(sector) * 8)
    let disk = MemoryBlockDevice(contents: contents, blockSize: sector)
    let (offset, count) = (Int(range.first) * Int(sector), Int(range.count) * Int(sector))
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: ~$0 &* 7) }
    let write = try await transfer(
      .blockWrite, offset: UInt64(offset), count: UInt64(count), buffer: bytes, on: disk)
    #expect(write.result == 0)
    contents.replaceSubrange(offset..<offset + count, with: bytes)
    #expect(disk.contents == contents)
  }

  @Test
  func wholeDiskInOneTransfer() async throws {
    let contents = Self.contents(1 << 20)
    let read = try await transfer(
      .blockRead, offset: 0, count: 1 << 20, on: MemoryBlockDevice(contents: contents))
    #expect(read.result == 0)
    let isWhole = read.buffer == contents  // A difference of long arrays takes minutes to describe.
    #expect(isWhole)
  }

  /// Offsets and lengths that are wrong on a disk of 8 sectors of 512 bytes.
  static let wrong: [(UInt64, UInt64)] = [
    (0, 0), (0, 1), (0, 511), (0, 513), (1, 512), (256, 512), (511, 1), (0, 4608), (4096, 512),
    (4096, 0),
    (3584, 1024), (4608, 512), (1 << 20, 512), (1 << 32, 512), (1 << 63, 512), (0, 1 << 32),
    (512, 1 << 63), (.max - 511, 512), (.max - 511, 1024), (0, .max - 511), (512, .max - 511),
    (.max, .max),
  ]

  @Test(arguments: wrong)
  func wrongRangeIsAWrongArgument(offset: UInt64, count: UInt64) async throws {
    let contents = Self.contents(4096)
    let disk = MemoryBlockDevice(contents: contents)
    let read = try await transfer(.blockRead, offset: offset, count: count, on: disk)
    #expect(read.result == Self.invalid)
    #expect(read.buffer.allSatisfy { $0 == 0 }, "nothing was read")
    let write = try await transfer(.blockWrite, offset: offset, count: count, on: disk)
    #expect(write.result == Self.invalid)
    #expect(disk.contents == contents)
  }

  @Test(arguments: [(512, 4096), (0, 512), (0, 2048), (4096, 6144)] as [(UInt64, UInt64)])
  func sectorOf4096IsTheUnit(offset: UInt64, count: UInt64) async throws {
    let disk = MemoryBlockDevice(contents: Self.contents(16384), blockSize: 4096)
    #expect(
      try await transfer(.blockRead, offset: offset, count: count, on: disk).result == Self.invalid)
  }

  @Test
  func readOnlyDiskIsNotWritten() async throws {
    let contents = Self.contents(4096)
    let disk = MemoryBlockDevice(contents: contents, isReadOnly: true)
    #expect(
      try await transfer(.blockWrite, offset: 0, count: 512, on: disk).result == Self.invalid)
    #expect(disk.contents == contents)
    let read = try await transfer(.blockRead, offset: 512, count: 512, on: disk)
    #expect(read.result == 0)
    #expect(read.buffer == Array(contents[512..<1024]))
  }

  @Test(arguments: [.blockRead, .blockWrite] as [Hypercall])
  func failureOfTheHostReachesTheGuest(call: Hypercall) async throws {
    let result = try await transfer(call, offset: 0, count: 512, on: BrokenDisk()).result
    #expect(result == Self.unspecified)
  }

  @Test(arguments: [0, 2, 3, 63, 64, 65, 1 << 32, (1 << 32) + 1, 1 << 63, .max] as [UInt64])
  func handleOfNoDiskIsAWrongArgument(handle: UInt64) async throws {
    var guest = GuestProgram(devices: [.block("storage"), .net("service")])
    let block = guest.place(words: [handle, 0, 0, 512, 0])
    for call in [Hypercall.blockRead, .blockWrite] {
      guest.call(call, block)
      guest.show(block + 32, 4)
    }
    guest.halt()
    let (link, _) = try VirtualLink.pair()
    let run = try await guest.run { configuration in
      try configuration.attach(block: MemoryBlockDevice(contents: Self.contents(512)))
      try configuration.attach(net: link)
    }
    #expect(try run.value(at: 0, as: Int32.self) == Self.invalid)
    #expect(try run.value(at: 4, as: Int32.self) == Self.invalid)
  }

  @Test
  func diskInAFile() async throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString)")
    let contents = Self.contents(8192)
    try Data(contents).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let disk = try FileBlockDevice(path: url.path)
    let bytes = [UInt8](repeating: 0xa5, count: 1024)
    let write = try await transfer(.blockWrite, offset: 512, count: 1024, buffer: bytes, on: disk)
    #expect(write.result == 0)
    let read = try await transfer(.blockRead, offset: 0, count: 2048, on: disk)
    #expect(read.buffer == contents[0..<512] + bytes + contents[1536..<2048])
    // A disk that shrinks behind the tender's back fails where it ended.
    let file = try FileHandle(forWritingTo: url)
    try file.truncate(atOffset: 1000)
    #expect(try await transfer(.blockRead, offset: 0, count: 512, on: disk).result == 0)
    #expect(
      try await transfer(.blockRead, offset: 512, count: 512, on: disk).result == Self.unspecified)
  }
}
