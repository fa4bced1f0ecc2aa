// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// hping3 against the guest `web`, for two seconds and as fast as it can.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HostileFloodTests {
  /// What a flood may make the process grow by: buffers of the device that were not touched before.
  private static let growth = 16 << 20

  private let guest: HostedGuest

  init() throws {
    guest = try HostedGuest("web")
  }

  @Test(arguments: [
    "-S -p 80", "-S -p 80 -a 10.0.0.77", "-S -p 80 --rand-source", "-S -p ++1", "-A -p 80",
    "-F -S -R -P -U -A -p 80", "--udp -p 80", "--udp -d 1400 -p 9 --rand-source",
    "--icmp -d 1400", "--icmp -a 10.0.0.255", "--icmp -C 5 -K 1",
    "--icmp -d 5000 -f", "--udp -d 1400 -x -g 64 -p 9", "--rawip -H 99 --rand-source",
  ])
  func floodIsOverWhenItEnds(words: String) throws {
    try guest.expectAnswer()
    let before = try guest.machine.residentBytes
    let output = Pipe()
    let flood = try guest.start(
      "hping3", ["-q", "--flood"] + words.split(separator: " ").map(String.init) + ["10.0.0.2"],
      seconds: 2, output: output)
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    flood.waitUntilExit()
    let sent = text.firstMatch(of: /([0-9]+) packets transmitted/).flatMap { Int($0.1) }
    // Of large packets in fragments of 16 bytes there are few.
    #expect(sent ?? 0 > 100, "\(text)")
    try guest.expectAnswer()
    let after = try guest.machine.residentBytes
    #expect(after - before < Self.growth, "\(before) bytes before, \(after) after")
    guest.expectEnd()
  }

  /// Half-open connections of others leave room for honest ones.
  @Test func clientsAreServedDuringAFlood() throws {
    let flood = try guest.start(
      "hping3", ["-q", "-S", "-p", "80", "-i", "u200", "-a", "10.0.0.77", "10.0.0.2"],
      seconds: 10, output: Pipe())
    Thread.sleep(forTimeInterval: 1)
    for _ in 0..<20 { try guest.expectAnswer() }
    flood.terminate()
    flood.waitUntilExit()
    guest.expectEnd()
  }
}
