// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// Hundreds of machines, shortly; `scripts/bench vms` does it for ten minutes.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct SoakTests {
  @Test func machinesLeaveNothingBehind() throws {
    let script = try MeasuredRun.command().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "scripts/bench")
    let process = Process()
    let messages = Pipe()
    process.executableURL = script
    process.arguments = ["--json", "vms", "--seconds", "8"]
    process.standardOutput = messages
    process.standardError = messages
    try process.run()
    let text = String(
      decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("\"vms: of these failed\""))
  }
}
