// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// What a run of the command left.
struct CommandResult {
  let status: Int32
  let output: String
  let errors: String
}

/// The command as it was built with these tests.
enum Hvtrun {
  /// hvtrun lies beside the test program.
  static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("hvtrun").path

  /// Starts hvtrun with `arguments`, behind the words of `prefix` if there are any.
  static func start(
    _ arguments: [String], behind prefix: [String] = [],
    input: FileHandle = .nullDevice, output: Pipe, errors: Pipe
  ) throws -> Process {
    try Process(
      running: prefix + [path] + arguments, input: input, output: output, errors: errors)
  }

  /// Runs hvtrun to its end.
  static func run(
    _ arguments: [String], behind prefix: [String] = [], input: FileHandle = .nullDevice
  ) throws -> CommandResult {
    try CommandResult(of: prefix + [path] + arguments, input: input)
  }
}

extension Process {
  /// Starts the command `words`, which a signal can end, whatever this thread has blocked.
  convenience init(
    running words: [String], input: FileHandle = .nullDevice, output: Pipe, errors: Pipe
  ) throws {
    self.init()
    executableURL = URL(fileURLWithPath: "/usr/bin/env")
    arguments = ["--default-signal=INT,TERM"] + words
    standardInput = input
    standardOutput = output
    standardError = errors
    try run()
  }

  /// Waits for the end; what is not over after so long is killed.
  func waitUntilExit(seconds: Double) {
    for _ in 0..<Int(seconds * 100) where isRunning { Thread.sleep(forTimeInterval: 0.01) }
    if isRunning { kill(processIdentifier, SIGKILL) }
    waitUntilExit()
  }
}

extension CommandResult {
  /// Runs the command `words` to its end.
  init(of words: [String], input: FileHandle = .nullDevice) throws {
    let (output, errors) = (Pipe(), Pipe())
    let process = try Process(running: words, input: input, output: output, errors: errors)
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let messages = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    status =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
    self.output = String(decoding: text, as: UTF8.self)
    self.errors = String(decoding: messages, as: UTF8.self)
  }
}

extension TemporaryFolder {
  /// The path of a copy of hvtrun that every user may run.
  func copyOfHvtrun() throws -> String {
    let path = url.appendingPathComponent("hvtrun").path
    try system("install", "-m", "755", Hvtrun.path, path)
    try system("chmod", "755", url.path)
    return path
  }
}

/// The guests that scripts/build leaves in out/guests.
enum BuiltGuest {
  /// The path of the guest `name`, such as "ping" or "test/exit".
  static func path(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = "out/guests/\(name).elf"
    let url = root.appending(path: path)
    try #require(
      FileManager.default.fileExists(atPath: url.path), "\(path) is missing: run scripts/build")
    return url.path
  }
}

/// Runs a system command that must succeed.
func system(_ words: String...) throws { try system(words) }

/// The same with the words in an array.
func system(_ words: [String]) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = words
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0, "\(words.joined(separator: " ")) failed: needs root")
}

/// A network namespace with one tap interface, which goes when the last user does.
final class TapNamespace {
  let name = "hvt-test-\(UUID().uuidString.prefix(8))"
  let tap = "tap0"

  init() throws {
    try system("ip", "netns", "add", name)
    try system("ip", "-n", name, "tuntap", "add", tap, "mode", "tap")
    try system("ip", "-n", name, "address", "add", "10.0.0.1/24", "dev", tap)
    try system("ip", "-n", name, "link", "set", tap, "up")
  }

  deinit { try? system("ip", "netns", "delete", name) }

  /// The words that run a command inside.
  var prefix: [String] { ["ip", "netns", "exec", name] }

  /// The interfaces inside, by name.
  var interfaces: [String] {
    get throws {
      let process = Process()
      let pipe = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = prefix + ["ls", "/sys/class/net"]
      process.standardOutput = pipe
      try process.run()
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init).sorted()
    }
  }
}

/// The words that run `command` in hvtrun's place, as an ordinary user.
func asNobody(_ command: String) -> [String] {
  [
    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
    "sh", "-c", "shift; exec \(command) \"$@\"", "sh",
  ]
}
