// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Images that cannot be run: one line that says why, and status 125.
@Suite struct BadImageTests {
  /// A change to a good image, and what hvtrun says of it.
  struct Damage: CustomTestStringConvertible, Sendable {
    let name: String
    let message: String
    let apply: @Sendable (inout [UInt8]) -> Void

    init(_ name: String, _ message: String, _ apply: @escaping @Sendable (inout [UInt8]) -> Void) {
      self.name = name
      self.message = message
      self.apply = apply
    }

    var testDescription: String { name }
  }

  /// Where program header `index` is; the first three are notes, the others segments.
  private static func header(_ index: Int) -> Int { 64 + 56 * index }

  private static let firstNote = header(6)

  private static let damages: [Damage] = [
    Damage("not an ELF", "ELF") { $0[0] = 0 },
    Damage("cut", "ELF") { $0 = Array($0.prefix(40)) },
    Damage("wrong machine", "e_machine") { $0.put(UInt16(40), at: 18) },
    Damage("PIE", "position-independent") { $0.put(UInt16(3), at: 16) },
    Damage("dynamic", "dynamically linked") { $0.put(UInt32(2), at: header(0)) },
    Damage("writable and executable", "writable and executable") {
      $0.put(UInt32(7), at: header(3) + 4)
    },
    Damage("overlap", "overlap") { image in
      let address = image.integer(at: header(3) + 16, as: UInt64.self)
      image.put(address, at: header(4) + 16)
    },
    Damage("wrap", "0xfffffffffffff000") {
      $0.put(UInt64.max - 0xfff, at: header(5) + 16)
    },
    Damage("below 1 MiB", "0x1000") { $0.put(UInt64(0x1000), at: header(3) + 16) },
    Damage("above 4 GiB", "0x1") { $0.put(UInt64(1) << 33, at: header(5) + 16) },
    Damage("no notes", "note") { image in
      for index in 0..<3 { image.put(UInt32(0), at: header(index)) }
    },
    Damage("malformed note", "n_descsz 12 is not 16") { $0.put(UInt32(12), at: firstNote + 4) },
    Damage("wrong ABI version", "9") { $0.put(UInt32(9), at: firstNote + 24) },
  ]

  @Test(arguments: damages) func isRefused(_ damage: Damage) throws {
    let folder = try TemporaryFolder()
    var image = GuestProgram.exiting(0).image
    damage.apply(&image)
    let path = try folder.file("app.elf", image)
    let result = try Hvtrun.run([path, "--mem", "16M"])
    #expect(result.status == 125)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("hvtrun: \(path): "))
    #expect(result.errors.contains(damage.message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(try folder.contents == ["app.elf"])
  }

  @Test func missingFileIsNamed() throws {
    let result = try Hvtrun.run(["/nonexistent/app.elf"])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: /nonexistent/app.elf: open: No such file or directory\n")
  }

  @Test func folderIsNoImage() throws {
    let folder = try TemporaryFolder()
    let result = try Hvtrun.run([folder.url.path])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: \(folder.url.path): open: Is a directory\n")
  }

  @Test func unreadableFileIsNamed() throws {
    let folder = try TemporaryFolder()
    try system("chmod", "755", folder.url.path)
    let path = try folder.file("app.elf", GuestProgram.exiting(0).image)
    try system("chmod", "000", path)
    let command = try folder.copyOfHvtrun()
    let result = try Hvtrun.run([path], behind: asNobody(command))
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: \(path): open: Permission denied\n")
  }

  @Test(arguments: [("3M", "3145728"), ("0M", "'0M'"), ("8G", "8589934592"), ("64Q", "'64Q'")])
  func oddMemorySizesAreRefused(size: String, named: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("app.elf", GuestProgram.exiting(0).image)
    let result = try Hvtrun.run([path, "--mem", size])
    #expect(result.status == 125)
    #expect(result.errors.contains(named), "\(result.errors)")
  }

  @Test func memoryThatIsTooSmallIsRefused() throws {
    let folder = try TemporaryFolder()
    var image = GuestProgram.exiting(0).image
    image.put(UInt64(64 << 20), at: Self.header(5) + 40)
    let path = try folder.file("app.elf", image)
    let result = try Hvtrun.run([path, "--mem", "16M"])
    #expect(result.status == 125)
    #expect(result.errors.contains("memory size 16777216 is too small: the image needs"))
  }

  @Test func longCommandLineIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("app.elf", GuestProgram.exiting(0).image)
    let result = try Hvtrun.run([path, "--", String(repeating: "a", count: 8192)])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: the guest's command line has 8192 bytes; the most is 8191\n")
  }
}
