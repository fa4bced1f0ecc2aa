// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// A machine on a namespace's tap. It is ended with its last user.
final class TapMachine {
  /// The ways of serving queues that the tests of the data path go through, as options.
  static let modes = [["--io", "inline"], ["--io", "thread"]]

  private let process: Process
  private let output = Pipe()
  private let errors = Pipe()

  /// Runs `command`, by default the one built with these tests, and waits until the guest has said
  /// something, unless it `isSilent`. With `tap`, that is the interface, opened already; with `mac`, that
  /// is the guest's address; `setting` is what else is to be said of the device.
  init(
    in network: TapNamespace, image: String, options: [String], command: String = Hvtrun.path,
    tap: FileHandle? = nil, mac: String? = nil, setting: String = "", isSilent: Bool = false
  ) throws {
    let net = (tap == nil ? network.tap : "@0") + (mac.map { ",mac=\($0)" } ?? "") + setting
    process = try Process(
      running: network.prefix + [command, image, "--mem", "64M", "--net", net] + options,
      input: tap ?? .nullDevice, output: output, errors: errors)
    guard !isSilent else { return }
    let words = output.fileHandleForReading.availableData
    try #require(!words.isEmpty, "\(messages)")
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  var isRunning: Bool { process.isRunning }

  /// What came to standard error, once the process has ended.
  private var messages: String {
    String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }

  /// The process's time on processors, in seconds.
  var processorTime: Double {
    get throws {
      let text = try String(
        contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
      // Behind the name, which is in parentheses: the twelfth and thirteenth field, in ticks.
      let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
      try #require(fields.count > 13)
      return fields[11...12].reduce(0) { $0 + (Double($1) ?? 0) }
        / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
  }

  /// The process's memory, in bytes.
  var residentBytes: Int {
    get throws {
      let text = try String(
        contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
      let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      return try #require(pages) * sysconf(Int32(_SC_PAGESIZE))
    }
  }

  /// Sends SIGTERM, and waits for the end: the status.
  func stop() -> Int32 {
    kill(process.processIdentifier, SIGTERM)
    return waitForEnd().status
  }

  /// Waits for the end, up to 10 s; what is not over then is killed.
  func waitForEnd() -> (status: Int32, errors: String) {
    process.waitUntilExit(seconds: 10)
    return (process.terminationStatus, messages)
  }
}
