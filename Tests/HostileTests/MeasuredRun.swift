// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// A run of the command, watched from outside.
struct MeasuredRun {
  /// The exit status; 128 + the number of a signal that ended it.
  private(set) var status: Int32 = 0
  private(set) var errors = ""
  private(set) var seconds = 0.0
  /// The most memory that it had, in bytes (VmHWM).
  private(set) var residentBytes = 0
  /// The most descriptors that it had open.
  private(set) var descriptors = 0

  /// The command as scripts/build leaves it in out.
  static func command() throws -> URL {
    let command = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "out/hvtrun")
    try #require(
      FileManager.default.fileExists(atPath: command.path),
      "out/hvtrun is missing: run scripts/build")
    return command
  }

  /// Runs `guest` with `options`, its console going to `output`, for at most `limit` seconds; then it
  /// is killed, which no test expects. After `stop` seconds, if there are any, it gets SIGTERM.
  init(
    _ guest: GuestProgram, _ options: [String] = [], memory: String = "16M",
    output: FileHandle = .nullDevice,
    limit: Double = 60, stoppedAfter stop: Double? = nil
  ) throws {
    let image = try ScratchFile(guest.image)
    let process = Process()
    process.executableURL = try Self.command()
    process.arguments = [image.path, "--mem", memory] + options
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    let messages = Pipe()
    process.standardError = messages
    let start = Date.now
    try process.run()
    var isStopped = false
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.01)
      sample(process.processIdentifier)
      let passed = Date.now.timeIntervalSince(start)
      if let stop, passed >= stop, !isStopped {
        kill(process.processIdentifier, SIGTERM)
        isStopped = true
      }
      if passed > limit { kill(process.processIdentifier, SIGKILL) }
    }
    seconds = Date.now.timeIntervalSince(start)
    process.waitUntilExit()
    errors = String(
      decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    status =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }

  private mutating func sample(_ process: Int32) {
    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    if let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({
      Int($0)
    }) {
      residentBytes = max(residentBytes, kibibytes << 10)
    }
    let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
    descriptors = max(descriptors, open?.count ?? 0)
  }
}
