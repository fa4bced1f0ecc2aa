// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct CommandTests {
  @Test(
    arguments: [
      "", "help", "--help", "-h", "app.elf --help", "--help app.elf", "inspect --help",
      "doctor -h", "--frobnicate --help", "app.elf --version --help -- word",
    ])
  func helpIsGiven(line: String) throws {
    #expect(try command(line) == .help)
  }

  @Test(arguments: ["--version", "app.elf --version", "inspect --version"])
  func versionIsGiven(line: String) throws {
    #expect(try command(line) == .version)
  }

  @Test(arguments: ["--help", "-h", "--version", "help", "inspect", "doctor"])
  func wordsOfTheGuestAreItsOwn(word: String) throws {
    var expected = try run("app.elf")
    expected.arguments = [word]
    #expect(try command("app.elf -- \(word)") == .run(expected))
  }

  @Test(
    arguments: [
      ("inspect app.elf", false), ("inspect app.elf --json", true),
      ("inspect --json app.elf", true),
      ("inspect --json app.elf --json", true),
    ])
  func inspectTakesOneImage(line: String, json: Bool) throws {
    #expect(try command(line) == .inspect(path: "app.elf", json: json))
  }

  @Test(arguments: [("doctor", false), ("doctor --json", true)])
  func doctorTakesNoImage(line: String, json: Bool) throws {
    #expect(try command(line) == .doctor(json: json))
  }

  @Test(
    arguments: [
      ("inspect", "no image to inspect: hvtrun inspect APP.elf"),
      ("inspect --json", "no image to inspect: hvtrun inspect APP.elf"),
      ("inspect one.elf two.elf", "unexpected argument 'two.elf'"),
      ("inspect one.elf --net tap0", "unknown option '--net'"),
      ("inspect --json=1 one.elf", "unknown option '--json=1'"),
      ("inspect one.elf -- word", "unknown option '--'"),
      ("doctor app.elf", "unexpected argument 'app.elf'"),
      ("doctor --quiet", "unknown option '--quiet'"),
    ])
  func wordsThatDoNotFitAreRefused(line: String, message expected: String) {
    #expect(message(line) == expected)
  }

  @Test(arguments: ["./inspect", "./doctor", "./help"])
  func imageMayBeCalledLikeACommand(path: String) throws {
    #expect(try command(path) == .run(try run(path)))
    #expect(try run(path).image == path)
  }

  @Test func commandIsTheFirstWordOnly() throws {
    #expect(message("app.elf inspect")?.hasPrefix("two images to run") == true)
    #expect(message("--quiet doctor") == nil)
    #expect(try run("--quiet doctor").image == "doctor")
  }
}
