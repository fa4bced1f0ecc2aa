// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import SystemPackage
import Testing

@Suite struct DescriptorTests {
  @Test func openFileIsNotInheritedByPrograms() throws {
    let file = try Descriptor(opening: "/dev/null", flags: O_RDWR)
    #expect(fcntl(file.number, F_GETFD) & FD_CLOEXEC != 0)
  }

  @Test func missingFileIsNamed() {
    let error = #expect(throws: SystemCallError.self) {
      _ = try Descriptor(opening: "/nonexistent/file", flags: O_RDONLY)
    }
    #expect(error?.description == "/nonexistent/file: open: No such file or directory")
    #expect(error?.errno == .noSuchFileOrDirectory)
  }

  @Test func duplicateIsAnotherDescriptorOfTheSameFile() throws {
    let pipe = try PipeFixture()
    let copy = try Descriptor(duplicating: pipe.writer.number)
    #expect(copy.number != pipe.writer.number)
    #expect(fcntl(copy.number, F_GETFD) & FD_CLOEXEC != 0)
    #expect(try copy.write(bytes: [1, 2, 3]) == 3)
    #expect(try pipe.reader.bytes(8) == [1, 2, 3])
  }

  @Test func duplicateOfAClosedNumberIsRefused() {
    let error = #expect(throws: SystemCallError.self) { _ = try Descriptor(duplicating: 1 << 30) }
    #expect(error?.description == "@1073741824: dup: Bad file descriptor")
  }

  @Test func fileIsClosedWithItsOwner() throws {
    let pipe = try PipeFixture()
    let reader = try Descriptor(duplicating: pipe.reader.number)
    _ = consume pipe
    // A reader learns that the last writer went.
    #expect(try reader.bytes(1) == [])
  }

  @Test func emptyPipeDoesNotBlockWhenToldSo() throws {
    let pipe = try PipeFixture()
    try pipe.reader.setNonBlocking()
    #expect(throws: Errno.wouldBlock) { _ = try pipe.reader.bytes(1) }
    #expect(fcntl(pipe.reader.number, F_GETFL) & O_ACCMODE == O_RDONLY)
  }

  @Test func numberThatIsNotOpenIsNamed() {
    let error = #expect(throws: SystemCallError.self) {
      try Descriptor(owning: 1 << 30).setNonBlocking()
    }
    #expect(error?.description == "@1073741824: fcntl: Bad file descriptor")
  }
}
