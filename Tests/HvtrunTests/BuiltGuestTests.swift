// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Runs of guests in Swift, as scripts/build leaves them.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct BuiltGuestTests {
  @Test func helloWorld() throws {
    let result = try Hvtrun.run([try BuiltGuest.path("hello"), "--", "one", "two"])
    #expect(result.status == 0)
    #expect(result.output == "Hello from Swift\none\ntwo\n")
    #expect(result.errors.isEmpty)
  }

  @Test func backtraceHasDemangledNames() throws {
    let result = try Hvtrun.run(
      [try BuiltGuest.path("test/trap"), "--mem", "16M", "--", "index"])
    #expect(result.status == 255)
    #expect(result.errors.hasPrefix("hvtrun: guest fault: trap instruction (ud2)\n"))
    #expect(result.errors.contains("trap.TrapGuest.main() "), "\(result.errors)")
    #expect(result.errors.contains(" sl_boot"))
    #expect(!result.errors.contains("$s"), "a mangled name")
  }

  @Test func panicTellsFileAndLine() throws {
    let result = try Hvtrun.run([try BuiltGuest.path("test/panic"), "--mem", "16M"])
    #expect(result.status == 255)
    #expect(result.output.contains("before "))
    #expect(result.output.contains("PanicGuest.swift:9: Fatal error: the message"))
  }

  @Test func diskIsVerifiedAndLeftAsItWas() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 11) }
    let disk = try folder.file("disk.img", bytes)
    let guest = try BuiltGuest.path("block")
    for option in [disk, "storage=\(disk)", "\(disk),sector=4096"] {
      let result = try Hvtrun.run([guest, "--mem", "16M", "--block", option])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("verified"))
    }
    let readOnly = try Hvtrun.run([guest, "--mem", "16M", "--block", "\(disk),ro"])
    #expect(readOnly.status == 1)
    #expect(try Data(contentsOf: URL(filePath: disk)) == Data(bytes))
  }

  /// `@FD`, here standard input.
  @Test func diskMayBeAnOpenFile() throws {
    let folder = try TemporaryFolder()
    let disk = try folder.file("disk.img", [UInt8](repeating: 5, count: 8192))
    let guest = try BuiltGuest.path("block")
    let file = try #require(FileHandle(forUpdatingAtPath: disk))
    let result = try Hvtrun.run([guest, "--mem", "16M", "--block", "@0"], input: file)
    #expect(result.status == 0, "\(result.errors)")
    let closed = try Hvtrun.run([guest, "--mem", "16M", "--block", "@99"])
    #expect(closed.status == 125)
    #expect(closed.errors == "hvtrun: @99: dup: Bad file descriptor\n")
  }
}
