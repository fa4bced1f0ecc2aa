// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Standard streams that are not what a program expects.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StreamTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func image(_ program: GuestProgram) throws -> String {
    try folder.file("app.elf", program.image)
  }

  /// The words that run the command behind them with `redirections`.
  private func shell(_ redirections: String) -> [String] {
    ["sh", "-c", "exec \"$@\" \(redirections)", "sh"]
  }

  @Test func inputMayBeClosed() throws {
    let path = try image(.exiting(3))
    let result = try Hvtrun.run([path, "--mem", "16M"], behind: shell("<&-"))
    #expect(result.status == 3)
    #expect(result.errors.isEmpty)
  }

  /// What would go there is lost. No file of the tender's own takes its number.
  @Test(arguments: [">&-", "<&- >&-", "<&- >&- 2>&-", "2>&-"])
  func closedStreamIsLikeDevNull(redirections: String) throws {
    var guest = GuestProgram()
    guest.say("text for a console")
    guest.halt(3)
    let path = try image(guest)
    let before = try Data(contentsOf: URL(filePath: path))
    let result = try Hvtrun.run([path, "--mem", "16M"], behind: shell(redirections))
    #expect(result.status == 3, "\(result.errors)")
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test func fullDiskBehindTheConsoleIsNamed() throws {
    let path = try image(.chattering)
    let result = try Hvtrun.run([path, "--mem", "16M"], behind: shell(">/dev/full"))
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: console: write: No space left on device\n")
  }

  /// A reader that has read enough.
  @Test func brokenPipeInAPipeline() throws {
    let path = try image(.chattering)
    let result = try Hvtrun.run(
      [path, "--mem", "16M"],
      behind: ["sh", "-c", "{ \"$@\"; echo \"status $?\" >&2; } | head -c 100", "sh"])
    #expect(result.output.utf8.count == 100)
    #expect(result.errors == "hvtrun: console: write: Broken pipe\nstatus 125\n")
  }

  @Test func outputToAFile() throws {
    var guest = GuestProgram()
    let text = String(repeating: "0123456789abcdef", count: 4096)
    guest.say(text)
    guest.halt()
    let target = folder.url.appending(path: "out.txt")
    let path = try image(guest)
    let result = try Hvtrun.run([path, "--mem", "16M"], behind: shell(">\(target.path)"))
    #expect(result.status == 0)
    #expect(try String(contentsOf: target, encoding: .utf8) == text)
  }
}
