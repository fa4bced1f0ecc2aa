// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// The `dns` example as kdig, a client of another make, understands it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct NameServerTests {
  /// An answer.
  private struct Answer: Equatable {
    /// Such as NOERROR.
    var status: String
    /// Whether it says that it is authoritative.
    var isAuthoritative = true
    /// The records of all sections, sorted.
    var records: [String]
  }

  private static let start =
    "example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. 2026010100 7200 1800 1209600 300"

  private static let answers: [(question: [String], answer: Answer)] = [
    (
      ["web.example.org", "A"],
      Answer(status: "NOERROR", records: ["web.example.org. 3600 IN A 10.0.0.4"])
    ),
    (
      ["ns1.example.org", "AAAA"],
      Answer(status: "NOERROR", records: ["ns1.example.org. 3600 IN AAAA 2001:db8::2"])
    ),
    (
      ["www.example.org", "A"],
      Answer(
        status: "NOERROR",
        records: [
          "web.example.org. 3600 IN A 10.0.0.4",
          "www.example.org. 3600 IN CNAME web.example.org.",
        ])
    ),
    (
      ["WWW.Example.ORG", "CNAME"],
      Answer(status: "NOERROR", records: ["www.example.org. 3600 IN CNAME web.example.org."])
    ),
    (
      ["example.org", "MX"],
      Answer(
        status: "NOERROR",
        records: [
          "example.org. 3600 IN MX 10 mail.example.org.",
          "mail.example.org. 3600 IN A 10.0.0.3",
        ])
    ),
    (
      ["somebody.users.example.org", "TXT"],
      Answer(
        status: "NOERROR",
        records: ["somebody.users.example.org. 3600 IN TXT \"one of many\""])
    ),
    (["mail.example.org", "AAAA"], Answer(status: "NOERROR", records: [start])),
    (["nothing.example.org", "A"], Answer(status: "NXDOMAIN", records: [start])),
    (
      ["host.sub.example.org", "A"],
      Answer(
        status: "NOERROR", isAuthoritative: false,
        records: [
          "ns.sub.example.org. 3600 IN A 10.0.0.5",
          "sub.example.org. 3600 IN NS ns.sub.example.org.",
        ])
    ),
    (
      ["example.com", "A"], Answer(status: "REFUSED", isAuthoritative: false, records: [])
    ),
  ]

  /// Asks kdig.
  private func ask(_ words: [String], in network: TapNamespace) throws -> Answer {
    let result = try CommandResult(
      of: network.prefix + ["kdig", "@10.0.0.2", "+timeout=3", "+nostats"] + words)
    let text = result.output
    let header = try #require(text.firstMatch(of: /status: ([A-Z]+);[^\n]*\n;; Flags:([a-z ]*);/))
    let records = text.split(separator: "\n").filter { !$0.hasPrefix(";") }.map {
      $0.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }
    return Answer(
      status: String(header.output.1),
      isAuthoritative: header.output.2.split(separator: " ").contains("aa"),
      records: records.sorted())
  }

  /// Over each transport, with and without the extensions of RFC 6891.
  @Test(arguments: ["+notcp", "+tcp"], ["+noedns", "+edns"])
  func zoneIsAnswered(transport: String, extensions: String) throws {
    try NamespaceServer.require("kdig")
    let network = try TapNamespace()
    let machine = try TapMachine(
      in: network, image: try BuiltGuest.path("dns"), options: ["--", "--ipv4=10.0.0.2/24"],
      command: try BuiltCommand.path())
    for (question, expected) in Self.answers {
      let answer = try ask([transport, extensions] + question, in: network)
      #expect(answer == expected, "\(question)")
    }
    #expect(machine.stop() == 143)
  }
}
