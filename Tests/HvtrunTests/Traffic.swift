// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// The numbered frames of Tests/Traffic, on a namespace's tap.
enum Traffic {
  /// It lies beside the test program.
  private static let path = URL(filePath: Hvtrun.path).deletingLastPathComponent()
    .appending(path: "traffic").path

  /// How many frames are under way at most. A tap keeps 500.
  private static let window = "256"

  /// Sends `count` frames, and expects every one back: once, in order, and as it was.
  static func expectAll(
    _ count: Int, mtu: Int = 1500, in network: TapNamespace,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try CommandResult(
      of: network.prefix + [path, "exact", network.tap, "\(mtu)", window, "\(count)"])
    #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output.hasPrefix("running\n\(count) frames, "), sourceLocation: sourceLocation)
    #expect(result.output.hasSuffix(" 0 missing\n"), sourceLocation: sourceLocation)
  }

  /// Frames without end, some of which may be lost. They end with their last user.
  final class Stream {
    private let process: Process
    private let output = Pipe()
    private let errors = Pipe()

    /// Returns once frames come back.
    init(in network: TapNamespace) throws {
      process = try Process(
        running: network.prefix + [path, "endless", network.tap, "1500", window],
        output: output, errors: errors)
      let words = output.fileHandleForReading.availableData
      try #require(!words.isEmpty, "no frame comes back")
    }

    deinit { kill() }

    /// SIGKILL.
    func kill() {
      if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
    }

    /// Ends it. Frames may be missing, but those that came were as they should be.
    func end(sourceLocation: SourceLocation = #_sourceLocation) {
      Foundation.kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit(seconds: 10)
      let messages = errors.fileHandleForReading.readDataToEndOfFile()
      #expect(
        process.terminationStatus == 0, "\(String(decoding: messages, as: UTF8.self))",
        sourceLocation: sourceLocation)
    }
  }
}
