// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import SystemPackage
import Testing

@Suite struct TransferTests {
  @Test func pipeGivesWhatItHas() throws {
    let pipe = try PipeFixture()
    #expect(try pipe.writer.write(bytes: [1, 2, 3, 4, 5]) == 5)
    #expect(try pipe.reader.bytes(2) == [1, 2])
    #expect(try pipe.reader.bytes(100) == [3, 4, 5])
  }

  @Test func nonBlockingPipeTakesWhatItHasRoomFor() throws {
    let pipe = try PipeFixture()
    try pipe.writer.setNonBlocking()
    let bytes = [UInt8](repeating: 7, count: 1 << 20)
    let taken = try pipe.writer.write(bytes: bytes)
    #expect((4096..<bytes.count).contains(taken))
    #expect(throws: Errno.wouldBlock) { _ = try pipe.writer.write(bytes: bytes) }
  }

  @Test func emptyTransfersDoNothing() throws {
    let pipe = try PipeFixture()
    #expect(try pipe.writer.write(RawSpan()) == 0)
    let file = try temporaryFile([1])
    #expect(try file.bytes(0, at: 0) == [])
    try file.write(RawSpan(), at: 0)
    #expect(try file.bytes(2, at: 0) == [1])
  }

  @Test(
    arguments: [(0, 4, [0, 1, 2, 3]), (6, 4, [6, 7]), (8, 4, []), (1000, 1, [])]
      as [(UInt64, Int, [UInt8])])
  func fileIsReadAtItsOffset(offset: UInt64, count: Int, bytes: [UInt8]) throws {
    let file = try temporaryFile([0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try file.bytes(count, at: offset) == bytes)
  }

  @Test func fileIsWrittenAtItsOffset() throws {
    let file = try temporaryFile([0, 1, 2, 3])
    try file.write(bytes: [9, 9], at: 1)
    try file.write(bytes: [8], at: 6)
    #expect(try file.bytes(10, at: 0) == [0, 9, 9, 3, 0, 0, 8])
  }

  @Test(arguments: [UInt64(Int64.max), UInt64(Int64.max) + 1, .max])
  func offsetBeyondAllFilesIsRefused(offset: UInt64) throws {
    let file = try temporaryFile([0])
    #expect(throws: (any Error).self) { try file.write(bytes: [1, 2], at: offset) }
    #expect(try file.fileSize(name: "file") == 1)
  }

  @Test func wrongDirectionIsRefused() throws {
    let pipe = try PipeFixture()
    #expect(throws: Errno.badFileDescriptor) { _ = try pipe.writer.bytes(1) }
    #expect(throws: Errno.badFileDescriptor) { _ = try pipe.reader.write(bytes: [1]) }
    #expect(throws: Errno.illegalSeek) { _ = try pipe.reader.bytes(1, at: 0) }
    #expect(throws: Errno.illegalSeek) { try pipe.writer.write(bytes: [1], at: 0) }
  }

  @Test func fullDeviceIsTold() throws {
    let full = try Descriptor(opening: "/dev/full", flags: O_RDWR)
    #expect(throws: Errno.noSpace) { try full.write(bytes: [1], at: 0) }
  }

  @Test(arguments: [0, 1, 4096, 1_000_000])
  func fileHasASize(count: Int) throws {
    let file = try temporaryFile([UInt8](repeating: 0, count: count))
    #expect(try file.fileSize(name: "file") == UInt64(count))
  }

  @Test(
    arguments: [
      ("/tmp", "/tmp: open: Is a directory"),
      ("/dev/null", "/dev/null: open: Operation not supported"),
    ])
  func onlyFilesAndBlockDevicesHaveASize(path: String, message: String) throws {
    let file = try Descriptor(opening: path, flags: O_RDONLY)
    let error = #expect(throws: SystemCallError.self) { _ = try file.fileSize(name: path) }
    #expect(error?.description == message)
  }

  @Test func sizeOfAClosedFileIsRefused() throws {
    let error = #expect(throws: SystemCallError.self) {
      _ = try Descriptor(owning: 1 << 30).fileSize(name: "file")
    }
    #expect(error?.description == "file: fstat: Bad file descriptor")
  }
}
