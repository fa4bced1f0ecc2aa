// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import HVTABI
import Testing

@Suite struct ManifestTests {
  private static func message(_ bytes: [UInt8]) -> String? {
    do throws(ManifestError) {
      _ = try Manifest(parsing: bytes.span)
      return nil
    } catch {
      return error.description
    }
  }

  private static func message(_ entry: ManifestFixture.Entry) -> String? {
    message(ManifestFixture(entries: [.reserved, .net("a"), entry]).bytes)
  }

  @Test func devicesAreReadInTheOrderOfTheirHandles() throws {
    let manifest = try Manifest(parsing: ManifestFixture().bytes.span)
    #expect(manifest.devices.map(\.name) == ["service", "storage"])
    #expect(manifest.devices.map(\.kind) == [.net, .block])
    #expect(manifest.devices.map(\.handle) == [1, 2])
    #expect(manifest.encodedSize == 8 + 3 * 104)
  }

  @Test func devicesAreFoundByNameAndHandle() throws {
    let manifest = try Manifest(parsing: ManifestFixture().bytes.span)
    #expect(manifest.device(named: "storage")?.handle == 2)
    #expect(manifest.device(named: "Storage") == nil)
    #expect(manifest.device(handle: 1)?.name == "service")
    for handle in [.min, -1, 0, 3, .max] {
      #expect(manifest.device(handle: handle) == nil)
    }
  }

  @Test func manifestWithoutDevicesIsAccepted() throws {
    let manifest = try Manifest(parsing: ManifestFixture(entries: [.reserved]).bytes.span)
    #expect(manifest.devices.isEmpty)
  }

  @Test func sixtyThreeDevicesAreAccepted() throws {
    let entries = [.reserved] + (1...63).map { ManifestFixture.Entry.net("net\($0)") }
    let manifest = try Manifest(parsing: ManifestFixture(entries: entries).bytes.span)
    #expect(manifest.devices.last?.handle == 63)
  }

  @Test func manifestOfAnImageIsCheckedToo() {
    #expect(
      ImageFixture.notes([.abi(), .manifest(ManifestFixture(version: 2))]).message
        == "manifest: version 2 is not 1")
  }

  @Test(arguments: 0..<8) func headerMustBeWhole(count: Int) {
    #expect(
      Self.message(Array(ManifestFixture().bytes[..<count]))
        == "\(count) bytes are too few for its header (8)")
  }

  @Test(arguments: [0, 2, .max] as [UInt32]) func otherVersionsAreRejected(version: UInt32) {
    #expect(
      Self.message(ManifestFixture(version: version).bytes) == "version \(version) is not 1")
  }

  @Test(arguments: [0, 65, .max] as [UInt32]) func entryCountIsLimited(count: UInt32) {
    #expect(
      Self.message(ManifestFixture(entryCount: count).bytes) == "entries \(count) is not 1 to 64")
  }

  @Test(arguments: [(2, 216), (4, 424), (64, 6664)] as [(UInt32, Int)])
  func sizeMustMatchTheEntries(count: UInt32, expected: Int) {
    #expect(
      Self.message(ManifestFixture(entryCount: count).bytes)
        == "\(count) entries take \(expected) bytes, not 320")
  }

  @Test func oneByteTooManyOrTooFewIsRejected() {
    let bytes = ManifestFixture().bytes
    #expect(Self.message(bytes + [0]) == "3 entries take 320 bytes, not 321")
    #expect(Self.message(bytes.dropLast()) == "3 entries take 320 bytes, not 319")
  }

  @Test func firstEntryMustBeReserved() {
    var fixture = ManifestFixture()
    fixture.entries[0].name = [0x61]
    #expect(Self.message(fixture.bytes) == "entry 0: name starts with byte 0x61, not empty")
    fixture.entries[0] = ManifestFixture.Entry(name: [], type: 1)
    #expect(Self.message(fixture.bytes) == "entry 0: type 0x1 is not 0x40000000 (reserved)")
  }

  @Test(arguments: [1, 67]) func namesOfUpToSixtySevenCharactersAreAccepted(count: Int) {
    #expect(Self.message(.block(String(repeating: "z", count: count))) == nil)
  }

  @Test func nameMustBeTerminated() {
    #expect(
      Self.message(.block(String(repeating: "z", count: 68)))
        == "entry 2: name has no NUL in its 68 bytes")
  }

  @Test func nameMustNotBeEmpty() {
    #expect(Self.message(.block("")) == "entry 2: name is empty")
  }

  @Test(
    arguments: [
      (0x01, "0x1"), (0x20, "0x20"), (0x2f, "0x2f"), (0x3a, "0x3a"), (0x40, "0x40"), (0x5b, "0x5b"),
      (0x60, "0x60"), (0x7b, "0x7b"), (0x7f, "0x7f"), (0x80, "0x80"), (0xff, "0xff"),
    ] as [(UInt8, String)])
  func nameHasOnlyLettersAndDigits(byte: UInt8, text: String) {
    #expect(
      Self.message(ManifestFixture.Entry(name: [0x61, byte], type: 1))
        == "entry 2: name has byte \(text), not a letter or digit")
  }

  @Test(arguments: ["0", "9", "A", "Z", "a", "z", "Disk0"])
  func lettersAndDigitsAreAccepted(name: String) {
    #expect(ManifestTests.message(ManifestFixture(entries: [.reserved, .net(name)]).bytes) == nil)
  }

  @Test func namesMustBeUnique() {
    #expect(Self.message(.block("a")) == "entry 2: name 'a' is that of entry 1")
    #expect(Self.message(.block("A")) == nil)
  }

  @Test(arguments: [0, 3, 1 << 30, (1 << 30) + 1, .max] as [UInt32])
  func unknownTypesAreRejected(type: UInt32) {
    #expect(
      Self.message(ManifestFixture.Entry(name: [0x62], type: type))
        == "entry 2 ('b'): type \(type) is not 1 (block) or 2 (net)")
  }

  @Test(arguments: [1, 2, 255] as [UInt8]) func nothingIsAttachedInTheFile(value: UInt8) {
    #expect(
      Self.message(ManifestFixture.Entry(name: [0x62], type: 1, attached: value))
        == "entry 2: attached \(value) is not 0")
    var fixture = ManifestFixture()
    fixture.entries[0].attached = value
    #expect(Self.message(fixture.bytes) == "entry 0: attached \(value) is not 0")
  }
}
