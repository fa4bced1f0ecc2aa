// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

// The fields of the ELF-64 object file format that an image needs. Names in comments and in error
// messages are those of the System V gABI.

/// The ELF header, checked to be that of a static x86-64 executable.
struct ELFHeader {
  static let size = 64

  let entry: UInt64
  let programHeaderOffset: UInt64
  let programHeaderCount: Int
  let sectionHeaderOffset: UInt64
  let sectionHeaderSize: Int
  let sectionHeaderCount: Int

  init<Source: ImageSource & ~Copyable>(reading source: borrowing Source) throws(ImageError) {
    guard source.contains(UInt64(Self.size), at: 0) else {
      throw .header(.tooShort(byteCount: source.byteCount))
    }
    let bytes = try source.bytes(Self.size, at: 0)
    try self.init(bytes.span)
    let tableSize = UInt64(programHeaderCount * ProgramHeader.size)
    guard source.contains(tableSize, at: programHeaderOffset) else {
      throw .header(
        .programHeadersOutsideFile(
          offset: programHeaderOffset, count: programHeaderCount, fileSize: source.byteCount))
    }
  }

  private init(_ bytes: Span<UInt8>) throws(ImageError) {
    let magic = [bytes[0], bytes[1], bytes[2], bytes[3]]
    guard magic == [0x7f, 0x45, 0x4c, 0x46] else { throw .header(.notELF(magic: magic)) }
    try Self.check(.fileClass, UInt64(bytes[4]))
    try Self.check(.byteOrder, UInt64(bytes[5]))
    try Self.check(.identVersion, UInt64(bytes[6]))
    try Self.check(.machine, UInt64(bytes.littleEndian(at: 18, as: UInt16.self)))
    try Self.check(.type, UInt64(bytes.littleEndian(at: 16, as: UInt16.self)))
    try Self.check(.version, UInt64(bytes.littleEndian(at: 20, as: UInt32.self)))
    try Self.check(.headerSize, UInt64(bytes.littleEndian(at: 52, as: UInt16.self)))
    try Self.check(.programHeaderSize, UInt64(bytes.littleEndian(at: 54, as: UInt16.self)))

    entry = bytes.littleEndian(at: 24)
    programHeaderOffset = bytes.littleEndian(at: 32)
    sectionHeaderOffset = bytes.littleEndian(at: 40)
    programHeaderCount = Int(bytes.littleEndian(at: 56, as: UInt16.self))
    sectionHeaderSize = Int(bytes.littleEndian(at: 58, as: UInt16.self))
    sectionHeaderCount = Int(bytes.littleEndian(at: 60, as: UInt16.self))
    guard GuestImage.programHeaderCounts.contains(programHeaderCount) else {
      throw .header(.programHeaderCount(programHeaderCount))
    }
  }

  private static func check(_ field: HeaderError.Field, _ value: UInt64) throws(ImageError) {
    guard value == field.supportedValue else { throw .header(.unsupported(field, value)) }
  }
}

/// One entry of the program header table, as the file has it.
struct ProgramHeader {
  static let size = 56

  enum Kind {
    static let load: UInt32 = 1
    static let dynamic: UInt32 = 2
    static let note: UInt32 = 4
  }

  let index: Int
  let type: UInt32
  let flags: UInt32
  let offset: UInt64
  let address: UInt64
  let fileSize: UInt64
  let memorySize: UInt64
  let alignment: UInt64

  /// The whole table.
  static func table<Source: ImageSource & ~Copyable>(
    of header: ELFHeader, in source: borrowing Source
  ) throws(ImageError) -> [ProgramHeader] {
    let bytes = try source.bytes(header.programHeaderCount * size, at: header.programHeaderOffset)
    let span = bytes.span
    var table: [ProgramHeader] = []
    table.reserveCapacity(header.programHeaderCount)
    for index in 0..<header.programHeaderCount {
      table.append(ProgramHeader(index: index, span.extracting(index * size..<(index + 1) * size)))
    }
    return table
  }

  private init(index: Int, _ bytes: Span<UInt8>) {
    self.index = index
    type = bytes.littleEndian(at: 0)
    flags = bytes.littleEndian(at: 4)
    offset = bytes.littleEndian(at: 8)
    address = bytes.littleEndian(at: 16)
    fileSize = bytes.littleEndian(at: 32)
    memorySize = bytes.littleEndian(at: 40)
    alignment = bytes.littleEndian(at: 48)
  }
}
