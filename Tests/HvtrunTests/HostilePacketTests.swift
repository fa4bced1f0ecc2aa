// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// Packets that no kernel sends, made with scapy by the programs of Tests/Hostile, which also say what
/// has to be answered to each.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HostilePacketTests {
  @Test(arguments: ["ipv4", "segments", "ipv6", "neighbors"])
  func oddPacketsAreAnsweredAsTheyHaveTo(program: String) throws {
    try #require(
      FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/scapy"),
      "scapy is missing: run scripts/setup --test")
    // The router is the station that sends all that: it sees what goes astray.
    let guest = try HostedGuest("web", gateway: "10.0.0.50")
    try guest.awaitIPv6()
    try guest.expect(program)
    try guest.expectAnswer()
    guest.expectEnd()
  }
}
