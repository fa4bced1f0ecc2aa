// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Testing

@Suite struct NoteTests {
  @Test func imageWithoutSolo5NotesIsNoUnikernel() {
    let message = "notes: the image has no Solo5 ABI note: not a unikernel of the hvt target"
    #expect(ImageFixture.notes([]).message == message)
    #expect(ImageFixture.notes([.native()]).message == message)
    let buildID = NoteFixture(owner: Array("GNU\0".utf8), type: 3, descriptor: [1, 2, 3])
    #expect(ImageFixture.notes([buildID]).message == message)
  }

  @Test func bothSolo5NotesAreNeeded() {
    #expect(
      ImageFixture.notes([.manifest()]).message == "notes: the image has no Solo5 ABI note")
    #expect(
      ImageFixture.notes([.abi()]).message == "notes: the image has no Solo5 manifest note")
  }

  @Test(arguments: [
    (NoteFixture.abi(), "Solo5 ABI note"), (.manifest(), "Solo5 manifest note"),
    (.native(), "HVT native note"),
  ])
  func noteMustNotBeThereTwice(note: NoteFixture, name: String) {
    #expect(
      ImageFixture.notes([.abi(), .manifest(), .native(), note]).message
        == "notes: the image has more than one \(name)")
  }

  @Test func notesMayShareASegment() throws {
    var notes: [UInt8] = []
    for note in [NoteFixture.abi(), .manifest(), .native()] {
      notes += note.bytes
      notes.pad(to: 8)
    }
    let image = try ImageFixture(noteSegments: [notes]).parse()
    #expect(image.native != nil)
    #expect(image.notes.map(\.descriptorSize) == [16, 324, 16])
  }

  @Test func otherNotesAreKeptForTools() throws {
    let others = [
      NoteFixture(owner: Array("GNU\0".utf8), type: 3, descriptor: [1, 2, 3]),
      NoteFixture(owner: NoteFixture.hvt, type: 77, descriptor: []),
      NoteFixture(owner: Array("Solo5".utf8), type: 0x3149_4241, descriptor: []),
      NoteFixture(owner: NoteFixture.hvt, type: 0x3149_4241, descriptor: []),
    ]
    let image = try ImageFixture.notes([.abi(), .manifest()] + others).parse()
    #expect(image.notes.map(\.owner) == ["Solo5", "Solo5", "GNU", "HVT", "Solo5", "HVT"])
    #expect(image.notes[2].type == 3)
    #expect(image.notes[2].descriptorSize == 3)
    #expect(image.native == nil)
  }

  @Test func sixtyFourNotesAreAccepted() throws {
    let small = NoteFixture(owner: [0x41, 0], type: 1, descriptor: [])
    var segment: [UInt8] = []
    for _ in 0..<62 {
      segment += small.bytes
    }
    let needed = [NoteFixture.abi().bytes, NoteFixture.manifest().bytes]
    _ = try ImageFixture(noteSegments: needed + [segment]).parse()
    #expect(
      ImageFixture(noteSegments: needed + [segment + small.bytes]).message
        == "notes: the image has more than 64")
  }

  @Test func segmentOfNotesIsLimited() throws {
    let full = NoteFixture(
      owner: [0x41, 0], type: 1, descriptor: [UInt8](repeating: 0, count: (64 << 10) - 16))
    _ = try ImageFixture.notes([.abi(), .manifest(), full]).parse()
    var fixture = ImageFixture.notes([.abi(), .manifest(), full])
    fixture.noteSegments[2].append(0)
    #expect(
      fixture.message == "program header 5: p_filesz 0x10001 of notes is larger than 64 KiB")
  }

  @Test func emptySegmentOfNotesIsIgnored() throws {
    var fixture = ImageFixture()
    fixture.otherHeaders = [
      HeaderFixture(
        type: 4, flags: 4, offset: .max, address: 0, fileSize: 0, memorySize: 0, alignment: 4)
    ]
    _ = try fixture.parse()
  }

  @Test func segmentOfNotesMustBeInTheFile() {
    var fixture = ImageFixture()
    fixture.patch(UInt64.max, at: 64 + 3 * 56 + 8)
    #expect(
      fixture.message
        == "program header 3: p_offset 0xffffffffffffffff with p_filesz 0x24 is outside the file"
        + " of \(fixture.bytes.count) bytes")
  }

  @Test(arguments: [1, 3, 4, 8, 11]) func headerOfANoteMustBeWhole(remaining: Int) {
    var fixture = ImageFixture()
    fixture.noteSegments[0] += [UInt8](repeating: 1, count: remaining)
    #expect(
      fixture.message
        == "program header 3: the \(remaining) bytes at 0x24 of the notes are too few for a note's"
        + " header (12)")
  }

  @Test(
    arguments: [
      (0, 25, "n_namesz 25 and n_descsz 16"),
      (0, .max, "n_namesz 4294967295 and n_descsz 16"),
      (4, 17, "n_namesz 6 and n_descsz 17"),
      (4, .max, "n_namesz 6 and n_descsz 4294967295"),
    ] as [(Int, UInt32, String)])
  func noteMustFitIntoItsSegment(field: Int, value: UInt32, fields: String) {
    var fixture = ImageFixture()
    fixture.noteSegments[0].put(value, at: field)
    #expect(
      fixture.message
        == "program header 3: the note at 0x0 with \(fields) exceeds the 36 bytes of the notes")
  }

  @Test(
    arguments: [
      (0, "target 0 is not 1 (hvt)"), (2, "target 2 (spt) is not 1 (hvt)"),
      (3, "target 3 (virtio) is not 1 (hvt)"), (4, "target 4 (muen) is not 1 (hvt)"),
      (5, "target 5 (genode) is not 1 (hvt)"), (6, "target 6 (xen) is not 1 (hvt)"),
      (7, "target 7 is not 1 (hvt)"),
    ] as [(UInt32, String)])
  func otherTargetsAreRejected(target: UInt32, message: String) {
    #expect(
      ImageFixture.notes([.abi([target, 2, 0, 0]), .manifest()]).message
        == "Solo5 ABI note: " + message)
  }

  @Test(
    arguments: [
      ([1, 1, 0, 0], "version 1 is not 2"), ([1, 3, 0, 0], "version 3 is not 2"),
      ([1, 2, 5, 0], "reserved0 5 is not 0"), ([1, 2, 0, 6], "reserved1 6 is not 0"),
      ([1, 2, 0], "n_descsz 12 is not 16"), ([1, 2, 0, 0, 0], "n_descsz 20 is not 16"),
      ([], "n_descsz 0 is not 16"),
    ] as [([UInt32], String)])
  func malformedABINoteIsRejected(fields: [UInt32], message: String) {
    #expect(
      ImageFixture.notes([.abi(fields), .manifest()]).message == "Solo5 ABI note: " + message)
  }

  @Test(arguments: [0, 2, .max] as [UInt32])
  func otherNativeVersionsAreRejected(version: UInt32) {
    #expect(
      ImageFixture.notes([.abi(), .manifest(), .native(version: version)]).message
        == "HVT native note: version \(version) is not 1")
  }

  @Test(arguments: [(1, "0x1"), (0x8000_0000, "0x80000000")] as [(UInt32, String)])
  func unknownFeaturesAreRejected(features: UInt32, text: String) {
    #expect(
      ImageFixture.notes([.abi(), .manifest(), .native(features: features)]).message
        == "HVT native note: features \(text) has bits that this version does not know")
  }

  @Test(arguments: [0, 1, 4095, 4097, (1 << 30) + 1, (1 << 30) + 4096, .max] as [UInt64])
  func stackSizeIsLimited(size: UInt64) {
    #expect(
      ImageFixture.notes([.abi(), .manifest(), .native(stackSize: size)]).message
        == "HVT native note: stack_size \(size) is not a multiple of 4096 from 4096 to 1073741824")
  }

  @Test(arguments: [4096, 8192, 1 << 30] as [UInt64])
  func stackSizesInsideTheLimitsAreAccepted(size: UInt64) throws {
    let image = try ImageFixture.notes([.abi(), .manifest(), .native(stackSize: size)]).parse()
    #expect(image.native?.stackSize == size)
  }

  @Test(arguments: [0, 15, 17, 24]) func sizeOfTheNativeNoteIsExact(size: Int) {
    var note = NoteFixture.native()
    note.descriptor = Array((note.descriptor + [UInt8](repeating: 0, count: 8)).prefix(size))
    #expect(
      ImageFixture.notes([.abi(), .manifest(), note]).message
        == "HVT native note: n_descsz \(size) is not 16")
  }

  @Test(arguments: 0..<4) func manifestNoteNeedsItsPadding(size: Int) {
    var note = NoteFixture.manifest()
    note.descriptor = [UInt8](repeating: 0, count: size)
    #expect(
      ImageFixture.notes([.abi(), note]).message
        == "manifest: 0 bytes are too few for its header (8)")
  }
}
