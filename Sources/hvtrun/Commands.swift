// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import ArgumentParser
internal import Glibc
internal import GuestImage
internal import RunOptions
internal import Tender

/// Everything but running a guest.
struct Commands: ParsableCommand {
  /// First words that do not name an image.
  static let names = ["inspect", "doctor", "help", "--help", "-h", "--version"]

  static let configuration = CommandConfiguration(
    commandName: "hvtrun",
    abstract: "Run a unikernel in a virtual machine of its own.",
    usage: """
      hvtrun [OPTION…] APP.elf [OPTION…] [-- ARGUMENT…]
      hvtrun inspect APP.elf [--json]
      hvtrun doctor [--json]
      """,
    discussion: """
      Example: hvtrun ping.elf --net tap0 -- --ipv4=10.0.0.2/24

      Options of a run:

      \(runHelp)

      Exit status: the guest's own; 255 when it aborted or faulted; 125 when hvtrun could not run
      it; 128 + the signal's number when SIGINT or SIGTERM ended it.
      """,
    version: "hvtrun 0.1.0",
    subcommands: [Inspect.self, Doctor.self])

  private static var runHelp: String {
    RunOption.allCases.map { option in
      "\(option.rawValue) \(option.valueName ?? "")\n    \(option.help)"
    }.joined(separator: "\n")
  }

  static func main(_ arguments: [String]) -> Never {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      Glibc.exit(0)
    } catch let error as ExitCode {
      Glibc.exit(error.rawValue)
    } catch {
      guard exitCode(for: error).isSuccess else { fail(message(for: error)) }
      print(fullMessage(for: error))
      Glibc.exit(0)
    }
  }
}

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show an image's notes, devices, segments, entry and memory needs.")

  @Argument(help: "The path of the image.")
  var image: String

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let report = ImageReport(try Image(path: image).headers)
    print(json ? report.json : report.text)
  }
}

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check what this host has of what machines need; status 1 if something is missing.")

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let check = HostCheck()
    print(json ? check.json : check.text)
    if !check.isFine { throw ExitCode(1) }
  }
}
