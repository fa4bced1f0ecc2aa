// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Testing

@Suite struct SegmentTests {
  /// The valid image with its third segment, RW- at 0x102000, changed.
  private static func image(_ change: (inout HeaderFixture) -> Void) -> ImageFixture {
    var fixture = ImageFixture()
    change(&fixture.segments[2])
    return fixture
  }

  @Test(arguments: [0, 1, 12, 2048, 4095, 4097, 0x3000, .max] as [UInt64])
  func alignmentMustBeAPowerOfTwoOfAPageOrMore(alignment: UInt64) {
    #expect(
      Self.image { $0.alignment = alignment }.message
        == "program header 2: p_align \(alignment) is not a power of two of at least 4096")
  }

  @Test(arguments: [4096, 8192] as [UInt64])
  func largerAlignmentsAreAccepted(alignment: UInt64) throws {
    _ = try Self.image { $0.alignment = alignment }.parse()
  }

  @Test func addressAndOffsetMustAgreeModuloAlignment() {
    #expect(
      Self.image { $0.offset = 8 }.message
        == "program header 2: p_vaddr 0x102000 and p_offset 0x8 differ modulo p_align 4096")
    #expect(
      Self.image { $0.alignment = 1 << 63 }.message
        == "program header 2: p_vaddr 0x102000 and p_offset 0x0 differ modulo p_align "
        + "9223372036854775808")
  }

  @Test func segmentMayStartInsideAPage() throws {
    let image = try Self.image {
      $0.address = 0x10_2008
      $0.offset = 8
    }.parse()
    #expect(image.segments[2].pages == 0x10_2000..<0x10_4000)
  }

  @Test func fileSizeMustNotExceedMemorySize() {
    #expect(
      Self.image { $0.memorySize = 15 }.message
        == "program header 2: p_filesz 0x10 is larger than p_memsz 0xf")
    #expect(
      Self.image { $0.memorySize = 0 }.message
        == "program header 2: p_filesz 0x10 is larger than p_memsz 0x0")
  }

  @Test func segmentWithoutMemoryIsIgnored() throws {
    let image = try Self.image {
      $0 = .load(7, address: 3, offset: .max, fileSize: 0, memorySize: 0)
    }.parse()
    #expect(image.segments.count == 2)
  }

  @Test(
    arguments: [
      (0x1000, 16, "p_offset 0x1000 with p_filesz 0x10"),
      (0xffff_ffff_ffff_f000, 16, "p_offset 0xfffffffffffff000 with p_filesz 0x10"),
      (0, 0x1800, "p_offset 0x0 with p_filesz 0x1800"),
    ] as [(UInt64, UInt64, String)])
  func bytesMustBeInTheFile(offset: UInt64, fileSize: UInt64, fields: String) {
    let fixture = Self.image {
      $0.offset = offset
      $0.fileSize = fileSize
    }
    #expect(
      fixture.message
        == "program header 2: \(fields) is outside the file of \(fixture.bytes.count) bytes")
  }

  @Test func bytesMayEndWithTheFile() throws {
    let byteCount = UInt64(ImageFixture().bytes.count)
    _ = try Self.image { $0.fileSize = byteCount }.parse()
    #expect(
      Self.image { $0.fileSize = byteCount + 1 }.message
        == "program header 2: p_offset 0x0 with p_filesz 0x\(String(byteCount + 1, radix: 16))"
        + " is outside the file of \(byteCount) bytes")
  }

  @Test(arguments: [0, 0x10_0000, 0xffff_ffff_ffff_f000] as [UInt64])
  func segmentWithoutBytesMayHaveAnyOffset(offset: UInt64) throws {
    let image = try Self.image {
      $0.offset = offset
      $0.fileSize = 0
    }.parse()
    #expect(image.segments[2].fileOffset == 0)
    #expect(image.segments[2].memorySize == 0x1800)
  }

  @Test func addressesMustNotWrap() {
    #expect(
      Self.image {
        $0.address = 0xffff_ffff_ffff_f000
        $0.memorySize = 0x1001
      }.message
        == "program header 2: p_vaddr 0xfffffffffffff000 with p_memsz 0x1001 wraps")
    #expect(
      Self.image { $0.memorySize = .max }.message
        == "program header 2: p_vaddr 0x102000 with p_memsz 0xffffffffffffffff wraps")
  }

  @Test(arguments: [(0, "0x0"), (0x1000, "0x1000"), (0xf_f000, "0xff000")] as [(UInt64, String)])
  func addressMustNotBeTheTenders(address: UInt64, text: String) {
    #expect(
      Self.image { $0.address = address }.message
        == "program header 2: p_vaddr \(text) is below 0x100000")
  }

  @Test func segmentMustEndBelowFourGibibytes() throws {
    let image = try Self.image { $0.memorySize = 0xffef_e000 }.parse()
    #expect(image.memoryEnd == 1 << 32)
    #expect(
      Self.image { $0.memorySize = 0xffef_e001 }.message
        == "program header 2: the segment ends at 0x100000001, above 4 GiB (0x100000000)")
  }

  @Test(arguments: [3, 7, 0xff00_0007] as [UInt32])
  func segmentMustNotBeWritableAndExecutable(flags: UInt32) {
    #expect(
      Self.image { $0.flags = flags }.message
        == "program header 2: p_flags 0x\(String(flags, radix: 16)) is both writable and executable"
    )
  }

  @Test(
    arguments: [
      (0, "---"), (1, "--x"), (2, "-w-"), (4, "r--"), (5, "r-x"), (6, "rw-"), (0xf0_0004, "r--"),
    ] as [(UInt32, String)])
  func permissionsAreThoseOfTheFlags(flags: UInt32, text: String) throws {
    let image = try Self.image { $0.flags = flags }.parse()
    #expect(image.segments[2].permissions.description == text)
  }

  @Test(
    arguments: [
      (0x10_0000, 0x1000, "0x100000..<0x101000 overlaps 0x100000..<0x100100 of program header 0"),
      (0x10_1000, 0x10, "0x101000..<0x101010 overlaps 0x101000..<0x101040 of program header 1"),
    ] as [(UInt64, UInt64, String)])
  func segmentsMustNotOverlap(address: UInt64, memorySize: UInt64, message: String) {
    #expect(
      Self.image {
        $0.address = address
        $0.memorySize = memorySize
      }.message == "program header 2: " + message)
  }

  @Test func segmentOverAnotherIsNamedByTheHigherOne() {
    var fixture = ImageFixture()
    fixture.segments[0].memorySize = 0x1001
    #expect(
      fixture.message
        == "program header 1: 0x101000..<0x101040 overlaps 0x100000..<0x101001 of program header 0")
  }

  @Test func segmentsOfOtherPermissionsMustNotShareAPage() {
    #expect(
      Self.image {
        $0.address = 0x10_1040
        $0.offset = 0x40
      }.message
        == "program header 2: page 0x101000 cannot be both rw- and r--, as program header 1 has it")
  }

  @Test func segmentsOfTheSamePermissionsMayShareAPage() throws {
    let image = try Self.image {
      $0.address = 0x10_1040
      $0.offset = 0x40
      $0.flags = 4
    }.parse()
    #expect(image.segments[2].pages.lowerBound == image.segments[1].pages.lowerBound)
  }

  @Test func imageNeedsASegment() {
    var fixture = ImageFixture()
    fixture.segments = []
    #expect(fixture.message == "program headers: 0 loadable segments, not 1 to 16")
  }

  @Test(arguments: 4...16) func sixteenSegmentsAreAccepted(count: Int) throws {
    var fixture = ImageFixture()
    fixture.segments += Self.more(count - 3)
    #expect(try fixture.parse().segments.count == count)
  }

  @Test func seventeenSegmentsAreRejected() {
    var fixture = ImageFixture()
    fixture.segments += Self.more(14)
    #expect(fixture.message == "program headers: 17 loadable segments, not 1 to 16")
  }

  private static func more(_ count: Int) -> [HeaderFixture] {
    (0..<UInt64(count)).map {
      .load(4, address: 0x20_0000 + $0 * 4096, fileSize: 1, memorySize: 4096)
    }
  }
}
