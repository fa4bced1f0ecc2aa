// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import IORing
import SystemCalls
import SystemPackage
import Testing

/// A ring for one file. The kernel that builds this must have io_uring.
@Suite struct FileRingTests {
  private static func file(_ contents: [UInt8]) throws -> Descriptor {
    var path = Array("/tmp/hvtrun-test-XXXXXX".utf8CString)
    let number = unsafe mkstemp(&path)
    guard number >= 0 else { throw Errno.current }
    unsafe unlink(&path)
    let file = Descriptor(owning: number)
    // SAFETY: integers have no padding.
    unsafe try file.write(contents.span.bytes, at: 0)
    return file
  }

  private static func enabled(
    _ file: borrowing Descriptor, entries: Int = 8, isReadOnly: Bool = false
  ) throws -> FileRing {
    let ring = try FileRing(file, entries: entries, isReadOnly: isReadOnly)
    try ring.enable()
    return ring
  }

  /// The result of the only request in flight.
  private static func result(_ ring: inout FileRing) throws -> Int32 {
    while true {
      try ring.submit(isWaiting: true)
      if let completion = ring.next() { return completion.result }
    }
  }

  @Test func manyReadsAreUnderWayAtOnce() throws {
    let file = try Self.file((0..<8).flatMap { [UInt8](repeating: $0, count: 512) })
    var ring = try Self.enabled(file)
    let buffer = AlignedBuffer(byteCount: 4096)
    let bytes = unsafe buffer.bytes(4096)
    for tag in 0..<8 {
      // In the opposite order.
      var vectors = IOVectors()
      let start = (7 - tag) * 512
      unsafe vectors.append(UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + 512]))
      unsafe ring.prepareRead(
        into: vectors, at: UInt64(tag) * 512, isPatient: false, tag: UInt64(tag))
    }
    #expect(ring.prepared == 8 && ring.inFlight == 8)
    try ring.submit()
    var tags: Set<UInt64> = []
    while ring.inFlight > 0 {
      if let completion = ring.next() {
        #expect(completion.result == 512)
        tags.insert(completion.tag)
      } else {
        try ring.submit(isWaiting: true)
      }
    }
    #expect(tags == Set(0..<8))
    let expected = (0..<8).flatMap { [UInt8](repeating: 7 - $0, count: 512) }
    #expect(unsafe Array(bytes) == expected)
  }

  @Test(arguments: [false, true])
  func whatIsWrittenFromSeveralBuffersIsReadBack(isPatient: Bool) throws {
    let file = try Self.file([UInt8](repeating: 0, count: 4096))
    var ring = try Self.enabled(file)
    let buffer = AlignedBuffer(byteCount: 1024)
    let bytes = unsafe buffer.bytes(1024)
    unsafe bytes.copyBytes(from: (0..<1024).map { UInt8(truncatingIfNeeded: $0 / 3) })
    var parts = IOVectors()
    for range in [0..<100, 100..<101, 101..<1024] {
      unsafe parts.append(UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
    }
    unsafe ring.prepareWrite(parts, at: 1000, isPatient: isPatient, tag: 1)
    #expect(try Self.result(&ring) == 1024)
    ring.prepareSynchronization(tag: 2)
    #expect(try Self.result(&ring) == 0)
    let before = unsafe Array(bytes)
    unsafe bytes.copyBytes(from: [UInt8](repeating: 0, count: 1024))
    unsafe ring.prepareRead(into: parts, at: 1000, isPatient: isPatient, tag: 3)
    #expect(try Self.result(&ring) == 1024)
    #expect(unsafe Array(bytes) == before)
  }

  @Test(arguments: [false, true])
  func rangeBecomesZeroAndTheFileKeepsItsSize(deallocating: Bool) throws {
    let file = try Self.file([UInt8](repeating: 1, count: 12288))
    var ring = try Self.enabled(file)
    ring.prepareZero(at: 4096, count: 1 << 20, deallocating: deallocating, tag: 0)
    #expect(try Self.result(&ring) == 0)
    #expect(try file.fileSize(name: "file") == 12288)
    let buffer = AlignedBuffer(byteCount: 12288)
    var vectors = IOVectors()
    unsafe vectors.append(buffer.bytes(12288))
    unsafe ring.prepareRead(into: vectors, at: 0, isPatient: false, tag: 0)
    #expect(try Self.result(&ring) == 12288)
    let bytes = unsafe Array(buffer.bytes(12288))
    #expect(bytes[..<4096].allSatisfy { $0 == 1 } && bytes[4096...].allSatisfy { $0 == 0 })
  }

  /// Not even with the file open for it.
  @Test func readOnlyRingWritesNothing() throws {
    let file = try Self.file([UInt8](repeating: 1, count: 512))
    var ring = try Self.enabled(file, isReadOnly: true)
    let buffer = AlignedBuffer(byteCount: 512)
    var vectors = IOVectors()
    unsafe vectors.append(buffer.bytes(512))
    unsafe ring.prepareWrite(vectors, at: 0, isPatient: false, tag: 0)
    #expect(try Self.result(&ring) == -Errno.permissionDenied.rawValue)
    ring.prepareZero(at: 0, count: 512, deallocating: true, tag: 0)
    #expect(try Self.result(&ring) == -Errno.permissionDenied.rawValue)
    unsafe ring.prepareRead(into: vectors, at: 0, isPatient: false, tag: 0)
    #expect(try Self.result(&ring) == 512)
    #expect(unsafe buffer.bytes(512).allSatisfy { $0 == 1 })
  }

  @Test func completionIsAnnouncedWhenThatIsAsked() throws {
    let file = try Self.file([UInt8](repeating: 1, count: 512))
    var ring = try Self.enabled(file)
    var poll = PollSet(readable: [ring.descriptor])
    ring.prepareSynchronization(tag: 0)
    #expect(try Self.result(&ring) == 0)
    #expect(try poll.wait(timeoutNanoseconds: 0) == 0)
    for _ in 0..<3 {
      ring.setAnnouncing(true)
      ring.prepareSynchronization(tag: 0)
      try ring.submit()
      #expect(try poll.wait(timeoutNanoseconds: 10_000_000_000) == 1)
      #expect(try Self.result(&ring) == 0)
      ring.setAnnouncing(false)
      ring.lower()
      #expect(try poll.wait(timeoutNanoseconds: 0) == 0)
    }
  }

  /// The file's lock is free once the ring is gone, not some time later.
  @Test func fileIsLetGoAtOnce() throws {
    var path = Array("/tmp/hvtrun-test-XXXXXX".utf8CString)
    let number = unsafe mkstemp(&path)
    defer { unsafe unlink(&path) }
    for _ in 0..<20 {
      let file = Descriptor(owning: unsafe open(&path, O_RDWR))
      #expect(flock(file.number, LOCK_EX | LOCK_NB) == 0)
      var ring = try Self.enabled(file)
      ring.prepareSynchronization(tag: 0)
      #expect(try Self.result(&ring) == 0)
    }
    close(number)
  }

  @Test func errorNamesTheCall() throws {
    let file = try Self.file([])
    #expect(
      throws: SystemCallError("io_uring_setup", on: "@\(file.number)", errno: .invalidArgument)
    ) {
      _ = try FileRing(file, entries: 1 << 20, isReadOnly: false)
    }
  }
}
