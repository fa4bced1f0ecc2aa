// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Each system call of a run fails in turn: the run goes well all the same, or ends with status 125 and
/// one line that says what failed. It never hangs, crashes, or leaves anything behind.
///
/// `FAULTS=all swift test --filter FaultInjectionTests` takes every call with every error; usually it is
/// a sample of them, every time the same.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FaultInjectionTests {
  /// Of so many faults of a scenario, one is tried.
  private static let stride =
    ProcessInfo.processInfo.environment["FAULTS"] == "all" ? 1 : 3

  /// Tries the faults of a run of hvtrun with `arguments`, in which an error other than the usual ones
  /// is `isAllowed`, too.
  private static func inject(
    _ arguments: [String], behind prefix: [String] = [], sandbox: String = "off",
    allowing isAllowed: (FaultInjection.End) -> Bool = { _ in false }
  ) throws {
    let injection = try FaultInjection(["--sandbox=\(sandbox)"] + arguments, behind: prefix)
    let expected = try injection.run()
    #expect(expected.status == 0 && expected.errors.isEmpty, "\(expected)")
    let faults = try injection.faults()
    #expect(faults.count > 100)
    var (failed, injected) = (0, 0)
    for index in Swift.stride(from: 0, to: faults.count, by: stride) {
      let end = try injection.run(faults[index])
      if end.wasInjected { injected += 1 }
      let isCorrect = end.status == 0 && end.output == expected.output && end.errors.isEmpty
      let isRefused =
        end.wasInjected && end.status == 125 && end.errors.hasPrefix("hvtrun: ")
        && end.errors.split(separator: "\n").count == 1
      if isRefused { failed += 1 }
      #expect(isCorrect || isRefused || isAllowed(end), "\(faults[index]): \(end)")
    }
    // Both happen, or nothing was tried.
    #expect(failed > 5 && injected > 10)
    // What it used is as it was.
    #expect(try injection.run() == expected)
  }

  private static func guest(_ name: String) throws -> String {
    let path = try MeasuredRun.command().deletingLastPathComponent()
      .appending(path: "guests/\(name).elf").path
    try #require(
      FileManager.default.fileExists(atPath: path), "\(path) is missing: run scripts/build")
    return path
  }

  @Test func hello() throws {
    try Self.inject([try Self.guest("hello"), "--", "a"])
  }

  /// The steps into the sandbox, too.
  @Test(arguments: ["standard", "strict"]) func walls(sandbox: String) throws {
    try Self.inject([try Self.guest("hello"), "--", "a"], sandbox: sandbox)
  }

  @Test(arguments: ["--io=inline", "--io=thread"])
  func disk(option: String) throws {
    let disk = try ScratchFile(byteCount: 1 << 20)
    try Self.inject(
      [try Self.guest("test/blockio"), "--block", disk.path, option, "--"] + [
        "--size=512", "--count=8", "--depth=4", "--pattern=write", "verify",
      ])
  }

  /// On a tap, in a namespace; the tap can be used afterwards.
  @Test func tap() throws {
    let namespace = try Namespace()
    try Self.inject(
      [try Self.guest("test/reflect"), "--net", "tap0", "--", "0", "raw"],
      behind: namespace.prefix)
  }

  /// A capture that cannot be written ends, with a line of its own; the guest runs on.
  @Test func capture() throws {
    let namespace = try Namespace()
    let file = try ScratchFile([])
    try Self.inject(
      [try Self.guest("test/reflect"), "--net", "tap0", "--pcap", file.path, "--", "0", "raw"],
      behind: namespace.prefix
    ) { end in
      end.status == 0 && end.errors.hasPrefix("hvtrun: \(file.path): write: ")
        && end.errors.hasSuffix("the capture ends there, and the guest runs on\n")
    }
  }
}

/// A network namespace with one tap interface, which goes when the last user does.
final class Namespace {
  private let name = "hvt-hostile-\(UUID().uuidString.prefix(8))"

  init() throws {
    try system("ip", "netns", "add", name)
    try system("ip", "-n", name, "tuntap", "add", "tap0", "mode", "tap")
    try system("ip", "-n", name, "link", "set", "tap0", "up")
  }

  deinit { try? system("ip", "netns", "delete", name) }

  /// The words that run a command inside.
  var prefix: [String] { ["ip", "netns", "exec", name] }
}

/// Runs a system command that must succeed.
func system(_ words: String...) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = words
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0, "\(words.joined(separator: " ")) failed: needs root")
}
