// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// `hvtrun --stats`.
@Suite(.timeLimit(.minutes(1)))
struct StatisticsTests {
  private static let blockArguments = ["--", "--pattern=randread", "--depth=8", "--count=256"]

  private func disk(_ folder: TemporaryFolder) throws -> String {
    try folder.file("disk.img", [UInt8](repeating: 0, count: 1 << 20))
  }

  @Test func oneJSONObjectIsTheLastLineOfErrors() throws {
    let folder = try TemporaryFolder()
    let result = try Hvtrun.run(
      [
        "--stats", "--json", "--block", try disk(folder), try BuiltGuest.path("test/blockio"),
      ] + Self.blockArguments)
    #expect(result.status == 0)
    let line = try #require(result.errors.split(separator: "\n").last)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let exits = try #require(object["exits"] as? Int)
    #expect(exits > 0 && exits < 256, "requests share exits")
    #expect(object["frames"] as? Int == 0)
    let devices = try #require(object["devices"] as? [[String: Any]])
    #expect(devices.count == 1)
    #expect(devices[0]["name"] as? String == "storage")
    #expect(devices[0]["reads"] as? Int == 256)
    #expect(devices[0]["readBytes"] as? Int == 256 * 4096)
    #expect(devices[0]["errors"] as? Int == 0)
  }

  @Test func textHasALineForTheExitsAndEachDevice() throws {
    let folder = try TemporaryFolder()
    let result = try Hvtrun.run(
      ["--stats", "--block", try disk(folder), try BuiltGuest.path("test/blockio")]
        + Self.blockArguments)
    #expect(result.status == 0)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("hvtrun: exits ") == true)
    #expect(lines.last?.hasPrefix("hvtrun: block 'storage': 256 reads (1048576 bytes)") == true)
  }

  @Test func withoutTheOptionThereIsNothing() throws {
    let result = try Hvtrun.run([try BuiltGuest.path("hello")])
    #expect(result.errors == "")
  }

  @Test func signalPrintsThemWhileTheGuestRuns() throws {
    let folder = try TemporaryFolder()
    let (output, errors) = (Pipe(), Pipe())
    let process = try Hvtrun.start(
      [try folder.file("app.elf", GuestProgram.idle.image), "--mem", "16M", "--stats", "--json"],
      output: output, errors: errors)
    try #require(!output.fileHandleForReading.availableData.isEmpty, "the guest said nothing")
    for _ in 0..<2 {
      kill(process.processIdentifier, SIGUSR1)
      let line = errors.fileHandleForReading.availableData
      let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      let exits = try #require(object["exits"] as? Int)
      #expect((1...2).contains(exits), "the guest says something and sleeps")
    }
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + SIGTERM)
    let rest = errors.fileHandleForReading.availableData
    #expect(try JSONSerialization.jsonObject(with: rest) is [String: Any])
  }
}
