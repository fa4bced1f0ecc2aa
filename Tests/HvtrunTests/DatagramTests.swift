// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// What the network tells a guest's sockets, and what they tell routers of groups.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct DatagramTests {
  private let folder: TemporaryFolder
  private let network: TapNamespace

  init() throws {
    folder = try TemporaryFolder()
    network = try TapNamespace()
  }

  @Test func socketsHearGroupsAndRefusals() throws {
    let capture = folder.url.appending(path: "capture.pcapng").path
    let output = Pipe()
    let guest = try Process(
      running: network.prefix + [
        try BuiltCommand.path(), "--net", network.tap, "--pcap", capture,
        try BuiltGuest.path("test/datagrams"), "--", "--ipv4=10.0.0.2/24", "--ipv6=fd00::2/64",
      ], output: output, errors: Pipe())
    defer {
      if guest.isRunning { kill(guest.processIdentifier, SIGKILL) }
    }
    var text = ""
    while !text.contains("listens") {
      let more = output.fileHandleForReading.availableData
      try #require(!more.isEmpty, "\(text)")
      text += String(decoding: more, as: UTF8.self)
    }
    #expect(text == "refused\nnothing came, refused\nlistens\n")
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Datagrams/groups.py").path
    let answers = try CommandResult(of: network.prefix + ["timeout", "30", path, network.tap])
    #expect(
      answers.output == """
        239.1.2.3 hello
        239.1.2.3 leave
        silence
        ff02::1234 hello
        ff02::1234 leave
        silence
        10.0.0.2 exit

        """, "\(answers.errors)")
    guest.waitUntilExit(seconds: 10)
    #expect(guest.terminationStatus == 0)
    try expectReports(in: capture)
  }

  /// Whoever forwards what groups are sent has to know who listens and who does not any more: records of
  /// type 4, to exclude nobody, and 3, to include nobody (RFC 3376, RFC 3810).
  private func expectReports(in capture: String) throws {
    let fields = [
      ("igmp.maddr == 239.1.2.3", "igmp.record_type"),
      ("icmpv6.mldr.mar.multicast_address == ff02::1234", "icmpv6.mldr.mar.record_type"),
    ]
    for (group, record) in fields {
      for type in [4, 3] {
        let reports = try Capture.fields(
          of: capture, ["frame.number"],
          filter: "frame.packet_flags_direction == 2 && \(group) && \(record) == \(type)")
        #expect(!reports.isEmpty, "\(group), \(record) \(type)")
      }
    }
  }
}
