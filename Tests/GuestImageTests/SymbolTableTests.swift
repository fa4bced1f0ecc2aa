// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Testing

@Suite struct SymbolTableTests {
  private static let symbols: [SymbolsFixture.Symbol] = [
    .init(name: "second", address: 0x10_0080, size: 0x20),
    .init(name: "first", address: 0x10_0010, size: 0x30),
    .init(name: "data", address: 0x10_0018, size: 8, info: 0x11),
    .init(name: "undefined", address: 0x10_0020, size: 8, section: 0),
    .init(name: "local", address: 0x10_0080, size: 0x20, info: 0x02),
    .init(name: "stub", address: 0x10_00a0, size: 0),
    .init(name: "last", address: 0x10_00c0, size: 0),
  ]

  private static func table(
    _ symbols: [SymbolsFixture.Symbol] = symbols, patches: [(Int, UInt64)] = [],
    change: (inout ImageFixture) -> Void = { _ in }
  ) throws(ImageError) -> SymbolTable {
    let symbols = SymbolsFixture(
      symbols: symbols, patches: patches.map { (offset: $0.0, value: $0.1) })
    var image = ImageFixture(symbols: symbols)
    change(&image)
    return try SymbolTable(reading: ArrayImageSource(image.bytes))
  }

  private static func message(
    patches: [(Int, UInt64)] = [], change: (inout ImageFixture) -> Void = { _ in }
  ) -> String? {
    do {
      _ = try table(patches: patches, change: change)
      return nil
    } catch {
      return error.description
    }
  }

  @Test(
    arguments: [
      (0x10_0010, "first", 0), (0x10_003f, "first", 0x2f), (0x10_0080, "second", 0),
      (0x10_009f, "second", 0x1f), (0x10_00a0, "stub", 0), (0x10_00bf, "stub", 0x1f),
    ] as [(UInt64, String, UInt64)])
  func addressIsInTheFunctionBelow(address: UInt64, name: String, offset: UInt64) throws {
    let symbol = try #require(try Self.table().symbol(at: address))
    #expect(symbol.name == name)
    #expect(symbol.offset == offset)
  }

  @Test(arguments: [0, 0x10_000f, 0x10_0040, 0x10_007f, 0x10_00c0, .max] as [UInt64])
  func addressOutsideFunctionsHasNoSymbol(address: UInt64) throws {
    #expect(try Self.table().symbol(at: address) == nil)
  }

  @Test func imageWithoutSectionsHasNoSymbols() throws {
    let table = try SymbolTable(reading: ArrayImageSource(ImageFixture().bytes))
    #expect(table.isEmpty)
    #expect(table.symbol(at: 0x10_0010) == nil)
  }

  @Test func imageWithoutSymbolTableHasNoSymbols() throws {
    let table = try Self.table(patches: [(64, 1 << 32)])
    #expect(table.isEmpty)
  }

  @Test func longNameIsCut() throws {
    let name = String(repeating: "x", count: 5000)
    let table = try Self.table([.init(name: name, address: 0x10_0000, size: 1)])
    #expect(table.symbol(at: 0x10_0000)?.name == String(name.prefix(4096)))
  }

  @Test func nameOutsideTheStringsIsNone() throws {
    let table = try Self.table(patches: [(128 + 32, 3)])
    #expect(table.symbol(at: 0x10_0010) == nil)
    #expect(table.symbol(at: 0x10_0080)?.name == "se")
  }

  @Test func functionUpToTheEndOfAddressesDoesNotOverflow() throws {
    let table = try Self.table([.init(name: "f", address: .max - 1, size: .max)])
    #expect(table.symbol(at: .max)?.offset == 1)
  }

  @Test(arguments: [(58, 63, "e_shentsize 63 is not 64"), (58, 0, "e_shentsize 0 is not 64")])
  func sectionHeaderSizeIsChecked(offset: Int, value: UInt16, message: String) {
    #expect(Self.message { $0.patch(value, at: offset) } == "symbols: " + message)
  }

  @Test func sectionHeadersMustBeInTheFile() {
    let byteCount = ImageFixture(symbols: SymbolsFixture(symbols: Self.symbols)).bytes.count
    #expect(
      Self.message { $0.patch(UInt64.max, at: 40) }
        == "symbols: 3 section headers at e_shoff 0xffffffffffffffff are outside the file of"
        + " \(byteCount) bytes")
    #expect(
      Self.message { $0.patch(UInt16(4), at: 60) }
        == "symbols: 4 section headers at e_shoff 0x\(String(byteCount - 192, radix: 16))"
        + " are outside the file of \(byteCount) bytes")
  }

  @Test(arguments: [0, 1, 3, 0xffff_ffff] as [UInt64])
  func symbolsNeedAStringTable(link: UInt64) {
    #expect(
      Self.message(patches: [(64 + 40, link)])
        == "symbols: sh_link \(link) is not the index of a string table")
  }

  @Test(arguments: [0, 23, 25, .max] as [UInt64]) func sizeOfASymbolIsChecked(size: UInt64) {
    #expect(Self.message(patches: [(64 + 56, size)]) == "symbols: sh_entsize \(size) is not 24")
  }

  @Test(arguments: [1, 2]) func sectionMustBeInTheFile(index: Int) {
    let bytes = ImageFixture(symbols: SymbolsFixture(symbols: Self.symbols)).bytes
    #expect(
      Self.message(patches: [(index * 64 + 24, 0), (index * 64 + 32, UInt64(bytes.count) + 1)])
        == "symbols: section \(index): sh_offset 0x0 with sh_size"
        + " 0x\(String(bytes.count + 1, radix: 16)) is outside the file of \(bytes.count) bytes")
  }

  @Test func sizeThatIsReadIsLimited() {
    let source = HugeSource(
      header: ImageFixture(
        symbols: SymbolsFixture(patches: [
          (64 + 24, 0), (64 + 32, 32 << 20), (128 + 24, 0), (128 + 32, (32 << 20) + 1),
        ])
      ).bytes)
    let error = #expect(throws: ImageError.self) { _ = try SymbolTable(reading: source) }
    #expect(error?.description == "symbols: 67108865 bytes are more than 64 MiB")
  }
}

/// A file of 1 GiB that ends in zeros.
private struct HugeSource: ImageSource {
  let header: [UInt8]
  var byteCount: UInt64 { 1 << 30 }

  func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(Never) {
    for index in buffer.indices {
      let position = Int(offset) + index
      buffer[index] = position < header.count ? header[position] : 0
    }
  }
}
