// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage

extension [UInt8] {
  /// Overwrites the bytes from `offset` on with `value`, little-endian.
  mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
    for index in 0..<(value.bitWidth / 8) {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// Appends `value`, little-endian.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    let start = count
    append(contentsOf: repeatElement(0, count: value.bitWidth / 8))
    put(value, at: start)
  }

  /// Appends zeros up to a multiple of `alignment`.
  mutating func pad(to alignment: Int) {
    append(contentsOf: repeatElement(0, count: (alignment - count % alignment) % alignment))
  }
}

/// Any note, built from its parts.
struct NoteFixture {
  var owner: [UInt8]
  var type: UInt32
  var descriptor: [UInt8]

  /// The note as it stands in a file, without padding at its end.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(owner.count))
    bytes.append(littleEndian: UInt32(descriptor.count))
    bytes.append(littleEndian: type)
    bytes += owner
    bytes.pad(to: 4)
    return bytes + descriptor
  }

  static let solo5: [UInt8] = Array("Solo5\0".utf8)
  static let hvt: [UInt8] = Array("HVT\0".utf8)

  static func abi(_ fields: [UInt32] = [1, 2, 0, 0]) -> NoteFixture {
    var descriptor: [UInt8] = []
    for field in fields {
      descriptor.append(littleEndian: field)
    }
    return NoteFixture(owner: solo5, type: 0x3149_4241, descriptor: descriptor)
  }

  static func manifest(_ manifest: ManifestFixture = ManifestFixture()) -> NoteFixture {
    NoteFixture(owner: solo5, type: 0x3154_464d, descriptor: [0, 0, 0, 0] + manifest.bytes)
  }

  static func native(
    version: UInt32 = 1, features: UInt32 = 0, stackSize: UInt64 = 65536
  ) -> NoteFixture {
    var descriptor: [UInt8] = []
    descriptor.append(littleEndian: version)
    descriptor.append(littleEndian: features)
    descriptor.append(littleEndian: stackSize)
    return NoteFixture(owner: hvt, type: 0x3154_414e, descriptor: descriptor)
  }
}

/// A manifest, built from its parts.
struct ManifestFixture {
  struct Entry {
    var name: [UInt8]
    var type: UInt32
    var attached: UInt8 = 0

    static let reserved = Entry(name: [], type: 1 << 30)
    static func block(_ name: String) -> Entry { Entry(name: Array(name.utf8), type: 1) }
    static func net(_ name: String) -> Entry { Entry(name: Array(name.utf8), type: 2) }

    var bytes: [UInt8] {
      var bytes = name + [UInt8](repeating: 0, count: 68 - name.count)
      bytes.append(littleEndian: type)
      bytes += [UInt8](repeating: 0, count: 24)
      bytes.append(attached)
      return bytes + [UInt8](repeating: 0, count: 7)
    }
  }

  var version: UInt32 = 1
  /// The field `entries`; nil for the true number.
  var entryCount: UInt32?
  var entries: [Entry] = [.reserved, .net("service"), .block("storage")]

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: version)
    bytes.append(littleEndian: entryCount ?? UInt32(entries.count))
    return bytes + entries.flatMap(\.bytes)
  }
}

/// One program header, built from its parts.
struct HeaderFixture {
  var type: UInt32
  var flags: UInt32
  var offset: UInt64
  var address: UInt64
  var fileSize: UInt64
  var memorySize: UInt64
  var alignment: UInt64

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: type)
    bytes.append(littleEndian: flags)
    for field in [offset, address, address, fileSize, memorySize, alignment] {
      bytes.append(littleEndian: field)
    }
    return bytes
  }

  static func load(
    _ flags: UInt32, address: UInt64, offset: UInt64 = 0, fileSize: UInt64, memorySize: UInt64
  ) -> HeaderFixture {
    HeaderFixture(
      type: 1, flags: flags, offset: offset, address: address, fileSize: fileSize,
      memorySize: memorySize, alignment: 4096)
  }
}

/// An ELF file that is a valid native image until a test changes something.
struct ImageFixture {
  /// R-X at 0x100000 with 256 bytes of code, R-- at 0x101000, RW- at 0x102000 with 0x1800 of memory.
  ///
  /// All of them take their bytes from the start of the file, which keeps the fixture small.
  var segments: [HeaderFixture] = [
    .load(5, address: 0x10_0000, fileSize: 256, memorySize: 256),
    .load(4, address: 0x10_1000, fileSize: 64, memorySize: 64),
    .load(6, address: 0x10_2000, fileSize: 16, memorySize: 0x1800),
  ]
  /// The contents of each PT_NOTE segment.
  var noteSegments: [[UInt8]] = [
    NoteFixture.abi().bytes, NoteFixture.manifest().bytes, NoteFixture.native().bytes,
  ]
  /// Program headers after the others, as they are.
  var otherHeaders: [HeaderFixture] = []
  var entry: UInt64 = 0x10_0010
  /// Changes to the finished file: values at offsets.
  var patches: [(offset: Int, value: [UInt8])] = []
  /// Functions of the symbol table; nil for a file without sections.
  var symbols: SymbolsFixture?

  /// The image with other notes, each in a segment of its own.
  static func notes(_ notes: [NoteFixture]) -> ImageFixture {
    ImageFixture(noteSegments: notes.map(\.bytes))
  }

  /// The index of the first note segment's program header.
  var firstNoteIndex: Int { segments.count }

  var bytes: [UInt8] {
    let headerCount = segments.count + noteSegments.count + otherHeaders.count
    var contents: [UInt8] = []
    var headers = segments
    for note in noteSegments {
      contents.pad(to: 8)
      headers.append(
        HeaderFixture(
          type: 4, flags: 4, offset: UInt64(64 + headerCount * 56 + contents.count), address: 0,
          fileSize: UInt64(note.count), memorySize: UInt64(note.count), alignment: 4))
      contents += note
    }
    headers += otherHeaders
    var file = Self.header(entry: entry, count: headerCount)
    file += headers.flatMap(\.bytes) + contents
    if file.count < 256 {
      file += [UInt8](repeating: 0, count: 256 - file.count)
    }
    symbols?.append(to: &file)
    for patch in patches {
      file.replaceSubrange(patch.offset..<patch.offset + patch.value.count, with: patch.value)
    }
    return file
  }

  private static func header(entry: UInt64, count: Int) -> [UInt8] {
    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]
    header += [UInt8](repeating: 0, count: 56)
    header.put(UInt16(2), at: 16)
    header.put(UInt16(62), at: 18)
    header.put(UInt32(1), at: 20)
    header.put(entry, at: 24)
    header.put(UInt64(64), at: 32)
    header.put(UInt16(64), at: 52)
    header.put(UInt16(56), at: 54)
    header.put(UInt16(count), at: 56)
    return header
  }

  /// Changes an integer of the finished file.
  mutating func patch(_ value: some FixedWidthInteger, at offset: Int) {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: value)
    patches.append((offset, bytes))
  }

  func parse() throws(ImageError) -> GuestImage {
    try GuestImage(reading: ArrayImageSource(bytes))
  }

  /// The message of the error that parsing ends with; nil when it succeeds.
  var message: String? {
    do {
      _ = try parse()
      return nil
    } catch {
      return error.description
    }
  }
}

/// A symbol table with its strings and section headers.
struct SymbolsFixture {
  struct Symbol {
    var name: String
    var address: UInt64
    var size: UInt64
    /// st_info: 0x12 is a global function, 0x02 a local one.
    var info: UInt8 = 0x12
    var section: UInt16 = 1
  }

  var symbols: [Symbol] = []
  /// Changes to the section header table: values at offsets.
  var patches: [(offset: Int, value: UInt64)] = []

  /// Appends strings, symbols and the section headers, in this order, and names them in the header.
  func append(to file: inout [UInt8]) {
    var strings: [UInt8] = [0]
    var table = [UInt8](repeating: 0, count: 24)
    for symbol in symbols {
      table.append(littleEndian: UInt32(strings.count))
      table += [symbol.info, 0]
      table.append(littleEndian: symbol.section)
      table.append(littleEndian: symbol.address)
      table.append(littleEndian: symbol.size)
      strings += Array(symbol.name.utf8) + [0]
    }
    file.pad(to: 8)
    let stringsOffset = file.count
    file += strings
    file.pad(to: 8)
    let tableOffset = file.count
    file += table
    let headersOffset = file.count
    var headers = [UInt8](repeating: 0, count: 64)
    headers += Self.section(type: 2, offset: tableOffset, size: table.count, link: 2, entrySize: 24)
    headers += Self.section(type: 3, offset: stringsOffset, size: strings.count)
    for patch in patches {
      headers.put(patch.value, at: patch.offset)
    }
    file += headers
    file.put(UInt64(headersOffset), at: 40)
    file.put(UInt16(64), at: 58)
    file.put(UInt16(3), at: 60)
  }

  private static func section(
    type: UInt32, offset: Int, size: Int, link: UInt32 = 0, entrySize: UInt64 = 0
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes.put(type, at: 4)
    bytes.put(UInt64(offset), at: 24)
    bytes.put(UInt64(size), at: 32)
    bytes.put(link, at: 40)
    bytes.put(entrySize, at: 56)
    return bytes
  }
}
