// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import HVTABI
import SystemCalls
import SystemPackage
import Tender
import Testing

@Suite struct MemoryBlockDeviceTests {
  @Test func contentsAreReadAndWritten() throws {
    let disk = MemoryBlockDevice(contents: [UInt8](repeating: 1, count: 2048))
    #expect(disk.capacity == 2048 && disk.blockSize == 512 && !disk.isReadOnly)
    try disk.write(bytes: [UInt8](repeating: 2, count: 1024), at: 512)
    #expect(try disk.bytes(at: 0, 512).allSatisfy { $0 == 1 })
    #expect(try disk.bytes(at: 512, 1024).allSatisfy { $0 == 2 })
    #expect(try disk.bytes(at: 1536, 512).allSatisfy { $0 == 1 })
    #expect(disk.contents.count == 2048 && disk.contents[512] == 2)
  }

  @Test func propertiesAreAsGiven() {
    let disk = MemoryBlockDevice(
      contents: [UInt8](repeating: 0, count: 8192), blockSize: 4096, isReadOnly: true)
    #expect(disk.capacity == 8192 && disk.blockSize == 4096 && disk.isReadOnly)
  }

  @Test(
    arguments: [(0, 512), (511, 512), (4096, 256), (4096, 768), (4096, 8192)] as [(Int, UInt16)])
  func sizesThatAreNoneAreTheCallersBug(count: Int, blockSize: UInt16) async {
    await #expect(processExitsWith: .failure) { [count, blockSize] in
      _ = MemoryBlockDevice(contents: [UInt8](repeating: 0, count: count), blockSize: blockSize)
    }
  }
}

@Suite struct FileBlockDeviceTests {
  /// Its file system makes holes and cannot zero in place.
  @Test(arguments: [true, false]) func rangeOfAFileInMemoryBecomesZero(isDiscard: Bool) throws {
    let name = "/hvtrun-test-\(UInt64.random(in: 0...(.max)))"
    let number = unsafe shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
    try #require(number >= 0)
    unsafe shm_unlink(name)
    let descriptor = Descriptor(owning: number)
    try #require(ftruncate(number, 65536) == 0)
    let disk = try FileBlockDevice(descriptor, name: "disk")
    #expect(disk.features == QueueFeatures([.discard, .writeZeroes]))
    try disk.write(bytes: [UInt8](repeating: 0x55, count: 65536), at: 0)
    try disk.zero(at: 8192, count: 8192, isDiscard: isDiscard)
    let bytes = try disk.bytes(at: 0, 65536)
    #expect(bytes[8192..<16384].allSatisfy { $0 == 0 })
    #expect(bytes.count { $0 == 0x55 } == 65536 - 8192)
  }

  @Test func deviceThatCannotMakeHolesOffersNone() throws {
    // Open for reading only: as good a refusal as a file system's.
    let file = try FileFixture([UInt8](repeating: 0, count: 4096))
    let descriptor = try Descriptor(opening: file.path, flags: O_RDONLY)
    #expect(try FileBlockDevice(descriptor, name: "disk").features == QueueFeatures())
  }

  private static func file(sectors: Int = 4) throws -> FileFixture {
    try FileFixture((0..<sectors).flatMap { [UInt8](repeating: UInt8($0), count: 512) })
  }

  private static func message(
    _ path: String, blockSize: UInt16 = 512, isReadOnly: Bool = false
  ) -> String? {
    configurationMessage { () throws(ConfigurationError) in
      _ = try FileBlockDevice(path: path, blockSize: blockSize, isReadOnly: isReadOnly)
    }
  }

  @Test func contentsAreReadAndWritten() throws {
    let file = try Self.file()
    let disk = try FileBlockDevice(path: file.path)
    #expect(disk.capacity == 2048 && disk.blockSize == 512 && !disk.isReadOnly)
    #expect(
      try disk.bytes(at: 512, 1024) == Array(repeating: 1, count: 512)
        + Array(repeating: 2, count: 512))
    try disk.write(bytes: [UInt8](repeating: 9, count: 512), at: 1536)
    #expect(try disk.bytes(at: 1536, 512).allSatisfy { $0 == 9 })
    #expect(try disk.bytes(at: 1024, 512).allSatisfy { $0 == 2 })
  }

  @Test(arguments: [512, 1024, 2048] as [UInt16])
  func sectorSizeIsAPowerOfTwo(size: UInt16) throws {
    let file = try Self.file()
    #expect(try FileBlockDevice(path: file.path, blockSize: size).blockSize == size)
  }

  @Test(arguments: [0, 1, 256, 511, 513, 768, 65535] as [UInt16])
  func otherSectorSizesAreRefused(size: UInt16) throws {
    let file = try Self.file()
    #expect(
      Self.message(file.path, blockSize: size)
        == "\(file.path): sector size \(size) is not a power of two of at least 512")
  }

  @Test(
    arguments: [(0, 512), (511, 512), (2047, 512), (2560, 1024), (512, 32768)] as [(Int, UInt16)])
  func imageMustBeWholeSectors(count: Int, size: UInt16) throws {
    let file = try Self.file()
    file.resize(to: count)
    #expect(
      Self.message(file.path, blockSize: size)
        == "\(file.path): size \(count) is not a positive multiple of the sector size \(size)")
  }

  @Test func writableImageHasOneUser() throws {
    let file = try Self.file()
    let disk = try FileBlockDevice(path: file.path)
    #expect(Self.message(file.path) == "\(file.path): in use by another process")
    #expect(
      Self.message(file.path, isReadOnly: true) == "\(file.path): in use by another process")
    #expect(disk.capacity == 2048)
  }

  @Test func readOnlyImageIsShared() throws {
    let file = try Self.file()
    let disk = try FileBlockDevice(path: file.path, isReadOnly: true)
    #expect(disk.isReadOnly)
    #expect(Self.message(file.path, isReadOnly: true) == nil)
    #expect(Self.message(file.path) == "\(file.path): in use by another process")
    #expect(throws: Errno.badFileDescriptor) {
      try disk.write(bytes: [UInt8](repeating: 9, count: 512), at: 0)
    }
    #expect(try disk.bytes(at: 0, 512).allSatisfy { $0 == 0 })
  }

  @Test func imageIsFreeAgainAfterItsUse() throws {
    let file = try Self.file()
    _ = try FileBlockDevice(path: file.path)
    #expect(Self.message(file.path) == nil)
  }

  /// A file that is cut under a running guest gives an error, not less than was asked for.
  @Test func cutImageFails() throws {
    let file = try Self.file()
    let disk = try FileBlockDevice(path: file.path)
    file.resize(to: 700)
    #expect(try disk.bytes(at: 0, 512).allSatisfy { $0 == 0 })
    #expect(throws: Errno.ioError) { _ = try disk.bytes(at: 512, 512) }
    #expect(throws: Errno.ioError) { _ = try disk.bytes(at: 1536, 512) }
  }

  /// At any address, and in more than the buffer that stands in between.
  @Test func directTransfersMayBeAtAnyAddress() throws {
    let count = 3 << 19
    let contents = (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 9) }
    let file = try FileFixture([UInt8](repeating: 0, count: count))
    let disk = try FileBlockDevice(path: file.path, isDirect: true)
    // The elements of an array are not aligned to pages.
    try disk.write(bytes: contents, at: 0)
    let isRight = try disk.bytes(at: 0, count) == contents
    #expect(isRight)
  }

  @Test func openFileIsUsedAsItIs() throws {
    let file = try Self.file()
    let descriptor = try Descriptor(opening: file.path, flags: O_RDONLY)
    let disk = try FileBlockDevice(descriptor, name: "@3", blockSize: 1024, isReadOnly: true)
    #expect(disk.capacity == 2048 && disk.blockSize == 1024)
    #expect(try disk.bytes(at: 512, 512).allSatisfy { $0 == 1 })
  }

  @Test func thingsThatAreNoImagesAreNamed() throws {
    let file = try Self.file()
    #expect(
      Self.message("/nonexistent/disk.img")
        == "/nonexistent/disk.img: open: No such file or directory")
    #expect(Self.message("/tmp") == "/tmp: open: Is a directory")
    #expect(Self.message("/tmp", isReadOnly: true) == "/tmp: open: Is a directory")
    #expect(Self.message("/dev/null") == "/dev/null: open: Operation not supported")
    #expect(Self.message(file.path + "/") == "\(file.path)/: open: Not a directory")
  }

  /// Not even by waiting for somebody to write to it.
  @Test(.timeLimit(.minutes(1)), arguments: [false, true])
  func pipeIsNoImage(isReadOnly: Bool) throws {
    let file = try Self.file()
    let path = file.path + ".pipe"
    #expect(unsafe mkfifo(path, 0o600) == 0)
    defer { unsafe unlink(path) }
    #expect(Self.message(path, isReadOnly: isReadOnly) == "\(path): open: Operation not supported")
    let message = configurationMessage { () throws(ConfigurationError) in
      _ = try Image(path: path)
    }
    #expect(message == "\(path): open: Operation not supported")
  }
}
