// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Testing

@Suite struct HeaderErrorTests {
  @Test(arguments: [0, 1, 4, 63])
  func fileShorterThanAHeaderIsRejected(count: Int) {
    let bytes = Array(ImageFixture().bytes[..<count])
    let error = #expect(throws: ImageError.self) {
      _ = try GuestImage(reading: ArrayImageSource(bytes))
    }
    #expect(
      error?.description
        == "not an ELF file: \(count) bytes are too few for an ELF header (64)")
  }

  @Test(arguments: 0..<4) func wrongMagicIsRejected(offset: Int) {
    var fixture = ImageFixture()
    fixture.patch(UInt8(0x0a), at: offset)
    var magic = ["7f", "45", "4c", "46"]
    magic[offset] = "0a"
    #expect(
      fixture.message
        == "not an ELF file: it starts with \(magic.joined(separator: " ")), not 7f 45 4c 46")
  }

  @Test(
    arguments: [
      (4, 1, "EI_CLASS 1 is not 2 (64-bit)"),
      (5, 2, "EI_DATA 2 is not 1 (little-endian)"),
      (6, 0, "EI_VERSION 0 is not 1 (current)"),
      (16, 0, "e_type 0 is not 2 (an executable at fixed addresses)"),
      (16, 1, "e_type 1 is not 2 (an executable at fixed addresses)"),
      (16, 3, "e_type 3 (position-independent) is not 2 (an executable at fixed addresses)"),
      (16, 4, "e_type 4 is not 2 (an executable at fixed addresses)"),
      (18, 3, "e_machine 3 is not 62 (x86-64)"),
      (18, 183, "e_machine 183 is not 62 (x86-64)"),
      (20, 0, "e_version 0 is not 1 (current)"),
      (20, 2, "e_version 2 is not 1 (current)"),
      (52, 52, "e_ehsize 52 is not 64 (ELF-64)"),
      (54, 32, "e_phentsize 32 is not 56 (ELF-64)"),
      (54, 57, "e_phentsize 57 is not 56 (ELF-64)"),
    ] as [(Int, UInt8, String)])
  func unsupportedFieldIsRejected(offset: Int, value: UInt8, message: String) {
    var fixture = ImageFixture()
    fixture.patch(value, at: offset)
    #expect(fixture.message == "ELF header: " + message)
  }

  @Test func machineIsNamedBeforeType() {
    var fixture = ImageFixture()
    fixture.patch(UInt16(3), at: 16)
    fixture.patch(UInt16(183), at: 18)
    #expect(fixture.message == "ELF header: e_machine 183 is not 62 (x86-64)")
  }

  @Test(arguments: [0, 65, 0xffff] as [UInt16])
  func programHeaderCountIsLimited(count: UInt16) {
    var fixture = ImageFixture()
    fixture.patch(count, at: 56)
    #expect(fixture.message == "ELF header: e_phnum \(count) is not 1 to 64")
  }

  @Test func sixtyFourProgramHeadersAreAccepted() throws {
    var fixture = ImageFixture()
    let other = HeaderFixture(
      type: 0x6474_e551, flags: 6, offset: 0, address: 0, fileSize: 0, memorySize: 0, alignment: 0)
    fixture.otherHeaders = Array(repeating: other, count: 64 - 6)
    _ = try fixture.parse()
  }

  @Test(
    arguments: [
      (.max, "0xffffffffffffffff"), (1 << 63, "0x8000000000000000"), (0x1000, "0x1000"),
    ] as [(UInt64, String)])
  func programHeadersOutsideTheFileAreRejected(offset: UInt64, text: String) {
    var fixture = ImageFixture()
    fixture.patch(offset, at: 32)
    #expect(
      fixture.message
        == "ELF header: 6 program headers at e_phoff \(text) are outside the file"
        + " of \(fixture.bytes.count) bytes")
  }

  @Test func programHeadersMayEndWithTheFile() throws {
    let bytes = ImageFixture().bytes
    let table = bytes[64..<64 + 6 * 56]
    var moved = bytes + table
    moved.put(UInt64(bytes.count), at: 32)
    _ = try GuestImage(reading: ArrayImageSource(moved))
    moved.removeLast()
    #expect(throws: ImageError.self) { _ = try GuestImage(reading: ArrayImageSource(moved)) }
  }

  @Test func dynamicallyLinkedImageIsRejected() {
    var fixture = ImageFixture()
    fixture.otherHeaders = [
      HeaderFixture(
        type: 2, flags: 6, offset: 0, address: 0, fileSize: 16, memorySize: 16, alignment: 8)
    ]
    #expect(
      fixture.message == "program header 6: p_type 2 (PT_DYNAMIC): the image is dynamically linked")
  }

  @Test func interpreterIsIgnored() throws {
    var fixture = ImageFixture()
    fixture.otherHeaders = [
      HeaderFixture(
        type: 3, flags: 4, offset: .max, address: 0, fileSize: 20, memorySize: 20, alignment: 1)
    ]
    _ = try fixture.parse()
  }

  @Test(arguments: [0, 0xf_ffff, 0x10_0100, 0x10_1000, 0x10_2000, .max] as [UInt64])
  func entryOutsideExecutableSegmentsIsRejected(entry: UInt64) {
    let fixture = ImageFixture(entry: entry)
    #expect(
      fixture.message
        == "ELF header: e_entry 0x\(String(entry, radix: 16)) is in no executable segment")
  }

  @Test(arguments: [0x10_0000, 0x10_00ff] as [UInt64])
  func entryMayBeAnywhereInAnExecutableSegment(entry: UInt64) throws {
    #expect(try ImageFixture(entry: entry).parse().entry == entry)
  }
}
