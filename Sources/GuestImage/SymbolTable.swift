// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The functions of an image, for backtraces; names are as the linker has them.
public struct SymbolTable: Sendable {
  private struct Function {
    let address: UInt64
    let size: UInt64
    let nameOffset: UInt32
    let isLocal: Bool
  }

  private let functions: [Function]
  private let names: [UInt8]

  /// The most bytes that are read of symbols and their names.
  public static let maximumSize: UInt64 = 64 << 20
  /// The most bytes of a name that are returned.
  public static let maximumNameSize = 4096

  /// Reads the functions of .symtab; an image without it has none.
  public init<Source: ImageSource & ~Copyable>(
    reading source: borrowing Source
  ) throws(ImageError) {
    let header = try ELFHeader(reading: source)
    guard let sections = try SymbolSections(of: header, in: source) else {
      functions = []
      names = []
      return
    }
    names = try source.bytes(Int(sections.names.size), at: sections.names.offset)
    let symbols = try source.bytes(Int(sections.symbols.size), at: sections.symbols.offset)
    functions = Self.functions(in: symbols.span)
  }

  /// Whether the image has no symbols, as after `strip`.
  public var isEmpty: Bool { functions.isEmpty }

  /// The function that `address` is in, and how far into it.
  ///
  /// A function without a size, as assembly may leave it, reaches up to the next one.
  public func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
    var low = 0
    var high = functions.count
    while low < high {
      let middle = low + (high - low) / 2
      if functions[middle].address <= address {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low > 0 else { return nil }
    let function = functions[low - 1]
    let offset = address - function.address
    guard function.size == 0 ? low < functions.count : offset < function.size else { return nil }
    return name(at: Int(function.nameOffset)).map { ($0, offset) }
  }

  private func name(at offset: Int) -> String? {
    guard offset < names.count else { return nil }
    let name = names[offset...].prefix(Self.maximumNameSize).prefix { $0 != 0 }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
  }

  /// The functions sorted by address, one for each address.
  private static func functions(in symbols: Span<UInt8>) -> [Function] {
    var functions: [Function] = []
    for index in 0..<symbols.count / SymbolSections.symbolSize {
      let start = index * SymbolSections.symbolSize
      let info = symbols[start + 4]
      let section: UInt16 = symbols.littleEndian(at: start + 6)
      guard info & 0xf == SymbolSections.functionType, section != 0 else { continue }
      functions.append(
        Function(
          address: symbols.littleEndian(at: start + 8),
          size: symbols.littleEndian(at: start + 16),
          nameOffset: symbols.littleEndian(at: start), isLocal: info >> 4 == 0))
    }
    // Of several names for one address, a global one is the one that people know.
    functions.sort { ($0.address, $0.isLocal ? 1 : 0) < ($1.address, $1.isLocal ? 1 : 0) }
    var unique: [Function] = []
    for function in functions where unique.last?.address != function.address {
      unique.append(function)
    }
    return unique
  }
}

/// Where the symbol table and its strings are in the file, checked to be inside it.
private struct SymbolSections {
  struct Section {
    let type: UInt32
    let link: UInt32
    let offset: UInt64
    let size: UInt64
    let entrySize: UInt64
  }

  static let headerSize = 64
  static let symbolSize = 24
  static let functionType: UInt8 = 2
  private static let symbolTableType: UInt32 = 2
  private static let stringTableType: UInt32 = 3

  let symbols: Section
  let names: Section

  /// Finds the sections; nil when the image has no symbol table.
  init?<Source: ImageSource & ~Copyable>(
    of header: ELFHeader, in source: borrowing Source
  ) throws(ImageError) {
    let count = header.sectionHeaderCount
    guard count > 0 else { return nil }
    guard header.sectionHeaderSize == Self.headerSize else {
      throw .symbols(.sectionHeaderSize(header.sectionHeaderSize))
    }
    guard source.contains(UInt64(count * Self.headerSize), at: header.sectionHeaderOffset) else {
      throw .symbols(
        .sectionHeadersOutsideFile(
          offset: header.sectionHeaderOffset, count: count, fileSize: source.byteCount))
    }
    let bytes = try source.bytes(count * Self.headerSize, at: header.sectionHeaderOffset)
    let sections = Self.sections(in: bytes.span)
    guard let index = sections.firstIndex(where: { $0.type == Self.symbolTableType }) else {
      return nil
    }
    symbols = sections[index]
    guard symbols.entrySize == Self.symbolSize else {
      throw .symbols(.entrySize(symbols.entrySize))
    }
    guard symbols.link < sections.count,
      sections[Int(symbols.link)].type == Self.stringTableType
    else { throw .symbols(.stringTable(index: symbols.link)) }
    names = sections[Int(symbols.link)]
    for (index, section) in [(index, symbols), (Int(symbols.link), names)] {
      guard source.contains(section.size, at: section.offset) else {
        throw .symbols(
          .sectionOutsideFile(
            index: index, offset: section.offset, size: section.size, fileSize: source.byteCount))
      }
    }
    let (size, overflow) = symbols.size.addingReportingOverflow(names.size)
    guard !overflow, size <= SymbolTable.maximumSize else { throw .symbols(.tooLarge(size: size)) }
  }

  private static func sections(in bytes: Span<UInt8>) -> [Section] {
    (0..<bytes.count / headerSize).map { index in
      let start = index * headerSize
      return Section(
        type: bytes.littleEndian(at: start + 4), link: bytes.littleEndian(at: start + 40),
        offset: bytes.littleEndian(at: start + 24), size: bytes.littleEndian(at: start + 32),
        entrySize: bytes.littleEndian(at: start + 56))
    }
  }
}
