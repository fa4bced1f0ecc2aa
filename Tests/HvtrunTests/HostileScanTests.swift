// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// nmap against the guest `web`: it tells what is open, and stays up.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HostileScanTests {
  private let guest: HostedGuest

  init() throws {
    guest = try HostedGuest("web")
  }

  /// What nmap finds: the state of each port that it lists, by the start of the line.
  private func scan(_ words: [String], of host: String = "10.0.0.2") throws -> [String: String] {
    let options = ["-n", "-Pn", "-T5", "--max-retries", "2"] + words + [host]
    let result = try CommandResult(of: guest.network.prefix + ["nmap"] + options)
    try #require(result.status == 0, "nmap is missing (run scripts/setup --test), or fails")
    var states: [String: String] = [:]
    for line in result.output.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      if line.first?.isNumber == true, fields.count > 1 {
        states[String(fields[0])] = String(fields[1])
      } else if line.hasPrefix("Not shown: ") {
        states["others"] = fields.dropFirst(2).prefix(2).joined(separator: " ")
      }
    }
    return states
  }

  private func expectUp() throws {
    try guest.expectAnswer()
    guest.expectEnd()
  }

  @Test func openPortsAreOpenAndOthersClosed() throws {
    let states = try scan(["-sS", "-p", "1-1024"])
    #expect(states == ["80/tcp": "open", "others": "1023 closed"])
    try guest.awaitIPv6()
    let states6 = try scan(["-6", "-sS", "-p", "1-100"], of: "fd00::2")
    #expect(states6 == ["80/tcp": "open", "others": "99 closed"])
    try expectUp()
  }

  /// Nothing, FIN, FIN with PSH and URG: closed ports answer, open ones do not (RFC 9293, section
  /// 3.10.7). ACK and FIN with ACK: both do.
  @Test(arguments: [
    ("-sN", "open|filtered", "closed"), ("-sF", "open|filtered", "closed"),
    ("-sX", "open|filtered", "closed"), ("-sA", "unfiltered", "unfiltered"),
    ("-sM", "closed", "closed"), ("-sW", "closed", "closed"),
  ])
  func oddFlagsAreAnsweredAsTheStandardSays(kind: String, open: String, closed: String) throws {
    let states = try scan([kind, "-p", "79-81"])
    #expect(states == ["79/tcp": closed, "80/tcp": open, "81/tcp": closed])
    try expectUp()
  }

  @Test func portsOfUDPAndProtocolsAreRefused() throws {
    let datagrams = try scan(["-sU", "-p", "1000-1019"])
    #expect(Set(datagrams.values) == ["closed"] || datagrams == ["others": "20 closed"])
    let protocols = try scan(["-sO", "-p", "1,3,6,17,47,132"])
    #expect(protocols["1"] == "open" && protocols["6"] == "open")
    #expect(protocols["3"] == "closed" && protocols["47"] == "closed")
    #expect(protocols["132"] == "closed")
    try expectUp()
  }

  @Test func whatGuessesTheSystemDoesNoHarm() throws {
    let states = try scan(["-O", "--max-os-tries", "1", "-p", "22,80"])
    #expect(states["22/tcp"] == "closed" && states["80/tcp"] == "open")
    try expectUp()
  }
}
