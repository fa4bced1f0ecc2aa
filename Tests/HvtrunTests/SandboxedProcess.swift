// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// hvtrun with a guest that idles, seen from outside.
final class SandboxedProcess {
  private let process: Process
  private let output = Pipe()
  private let errors = Pipe()
  private let folder: TemporaryFolder
  /// The process in which the guest runs.
  let identifier: Int32

  /// Starts it with `arguments`, and waits for the guest's first words.
  init(_ arguments: [String], behind prefix: [String] = []) throws {
    folder = try TemporaryFolder()
    let image = try folder.file("idle.elf", GuestProgram.idle.image)
    try system("chmod", "755", folder.url.path)
    process = try Hvtrun.start(
      ["--mem", "16M"] + arguments + [image], behind: prefix, output: output, errors: errors)
    let words = output.fileHandleForReading.availableData
    let isStrict = arguments.contains("strict")
    identifier =
      isStrict ? try Self.child(of: process.processIdentifier) : process.processIdentifier
    if words.isEmpty {
      process.waitUntilExit(seconds: 5)
      let text = String(
        decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      Issue.record("no words: \(text)")
    }
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// The process that was started, which in strict is the parent of the other.
  var parent: Int32 { process.processIdentifier }

  private static func child(of parent: Int32) throws -> Int32 {
    let path = "/proc/\(parent)/task/\(parent)/children"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return Int32(text.split(separator: " ").first ?? "") ?? parent
  }

  /// The lines of /proc/PID/status, or of one of its threads, by name.
  func status(ofThread thread: Int32? = nil) throws -> [String: String] {
    let path = "/proc/\(identifier)/" + (thread.map { "task/\($0)/" } ?? "") + "status"
    var lines: [String: String] = [:]
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      lines[String(parts[0])] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    return lines
  }

  /// The process's own threads, without those that the kernel started for it.
  var threads: [Int32] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/task")
        .compactMap { Int32($0) }
        .filter { thread in
          let name = try String(
            contentsOfFile: "/proc/\(identifier)/task/\(thread)/comm", encoding: .utf8)
          return name == "hvtrun\n"
        }
    }
  }

  /// What each descriptor refers to.
  var descriptors: [String] {
    get throws {
      let folder = "/proc/\(identifier)/fd"
      return try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
        try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
      }
    }
  }

  /// The text of a file of /proc/PID.
  func text(_ name: String) throws -> String {
    String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(identifier)/\(name)")),
      as: UTF8.self)
  }

  /// The namespace of a kind, such as "net".
  func namespace(_ kind: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(identifier)/ns/\(kind)")
  }

  /// Sends `signal` to the process that was started, and returns what it ends with.
  func end(_ signal: Int32) -> (status: Int32, reason: Process.TerminationReason) {
    kill(process.processIdentifier, signal)
    process.waitUntilExit(seconds: 10)
    return (process.terminationStatus, process.terminationReason)
  }
}
