// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// A server's program that runs in a namespace. It ends with its last user.
final class NamespaceServer {
  private let process = Process()
  private let path: String

  /// Starts the program of `words`, which says what it does in a file of this name.
  ///
  /// It has a parent of its own, the leader of its process group: Foundation, which sees the end of a
  /// process by a descriptor, would take one that closes all of them for over, and wait for it.
  init(
    _ words: [String], in network: TapNamespace, _ folder: TemporaryFolder, log: String
  ) throws {
    try Self.require(words[0])
    path = try folder.file(log, [])
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = network.prefix + ["timeout", "--signal=KILL", "120"] + words
    process.standardInput = FileHandle.nullDevice
    let file = try #require(FileHandle(forWritingAtPath: path))
    process.standardOutput = file
    process.standardError = file
    try process.run()
  }

  deinit { stop() }

  /// Fails where a program is missing.
  static func require(_ program: String) throws {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let isThere = folders.contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
    try #require(isThere, "\(program) is missing: run scripts/setup --test")
  }

  /// What it has said.
  var log: String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  /// Waits until it has said `words`, up to 20 s.
  func expect(_ words: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for _ in 0..<400 where !log.contains(words) { Thread.sleep(forTimeInterval: 0.05) }
    let log = log
    try #require(
      log.contains(words), "no '\(words)' in: \(log.suffix(1000))", sourceLocation: sourceLocation)
  }

  /// Ends it.
  func stop() {
    if process.isRunning { kill(-process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}
