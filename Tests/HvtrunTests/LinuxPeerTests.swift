// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// The network stack of guests with the Linux kernel as its peer, and tshark as the judge.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LinuxPeerTests {
  private static let address = ["--", "--ipv4=10.0.0.2/24", "--ipv4-gateway=10.0.0.1"]

  private let folder: TemporaryFolder
  private let network: TapNamespace

  init() throws {
    folder = try TemporaryFolder()
    network = try TapNamespace()
  }

  /// A guest as scripts/build leaves it, under the hvtrun that lies beside it.
  private func guest(
    _ name: String, _ options: [String] = [], tap: FileHandle? = nil
  ) throws -> TapMachine {
    try TapMachine(
      in: network, image: try BuiltGuest.path(name),
      options: options + Self.address, command: try BuiltCommand.path(), tap: tap)
  }

  private func curl(_ words: String...) throws -> String {
    let command = network.prefix + ["curl", "-s", "--max-time", "5"] + words
    let result = try CommandResult(of: command)
    try #require(result.status == 0, "\(words): curl's status \(result.status)")
    return result.output
  }

  @Test func webAnswersCurl() throws {
    let machine = try guest("web")
    let page = try curl("http://10.0.0.2/")
    #expect(page.utf8.count == 612)
    let code = ["-o", "/dev/null", "-w", "%{http_code} %{num_connects} "]
    let head = try curl(code[0], code[1], code[2], code[3], "-I", "http://10.0.0.2/")
    #expect(head == "200 1 ")
    let missing = try curl(code[0], code[1], code[2], code[3], "http://10.0.0.2/nothing")
    #expect(missing == "404 1 ")
    // Two over one connection.
    let both = try curl("-w", "%{num_connects}", "http://10.0.0.2/", "http://10.0.0.2/")
    #expect(both == page + "1" + page + "0")
    let status = try curl("http://10.0.0.2/status")
    #expect(try JSONSerialization.jsonObject(with: Data(status.utf8)) is [String: Any])
    #expect(machine.stop() == 143)
  }

  /// 1 GiB up and down at the same time.
  @Test(arguments: [(["--io", "inline"], 1 << 30), (["--io", "thread"], 1 << 27)])
  func streamComesBackAsItWas(mode: [String], count: Int) throws {
    let machine = try guest("echo", mode)
    try Streams.expectEcho(count, behind: network.prefix)
    #expect(machine.stop() == 143)
  }

  /// Without offloads, so that each packet may be lost by itself. Of a thousand frames up to a hundred
  /// are, or come out of order; a round trip takes up to 80 ms.
  @Test(arguments: [
    (0, 0, 40, 1 << 22), (0, 300, 5, 1 << 20), (10, 50, 0, 1 << 21), (10, 0, 20, 1 << 19),
    (30, 100, 10, 1 << 18), (100, 0, 0, 1 << 18), (100, 100, 10, 1 << 16),
  ])
  func streamsSurviveABadLink(loss: Int, reordering: Int, delay: Int, count: Int) throws {
    let machine = try guest("echo", tap: try network.openTap())
    let link = try BadLink(in: network, loss: loss, reordering: reordering, delay: delay)
    try Streams.expectEcho(count, connections: 8, behind: network.prefix)
    withExtendedLifetime(link) {}
    #expect(machine.stop() == 143)
  }

  @Test func manyConnectionsAreOpenAtOnce() throws {
    let machine = try guest("echo", ["--mem", "256M"])
    try Streams.expectOpen(10_000, behind: network.prefix)
    #expect(machine.stop() == 143)
  }

  /// Without offloads, every checksum is the guest's own. What a sender may do is none to complain of: a
  /// probe for the loss of what was sent last, which looks like a retransmission or out of order, and to
  /// fill the peer's window or probe a closed one.
  @Test func tsharkFindsNothingWrongInWhatTheGuestSends() throws {
    let path = folder.url.appendingPathComponent("capture.pcapng").path
    let machine = try guest("echo", ["--pcap", path], tap: try network.openTap())
    try system(network.prefix + ["ping", "-q", "-c", "3", "-i", "0.01", "10.0.0.2"])
    try Streams.expectEcho(1 << 20, connections: 4, behind: network.prefix)
    #expect(machine.stop() == 143)
    let sent = "frame.packet_flags_direction == 2"
    #expect(try Capture.fields(of: path, ["frame.number"], filter: "tcp && \(sent)").count > 100)
    let wrong = [
      "_ws.malformed", "ip.checksum.status == 0", "tcp.checksum.status == 0",
      "icmp.checksum.status == 0", "tcp.analysis.lost_segment", "arp.duplicate-address-detected",
      "tcp.connection.rst",
    ]
    let found = try Capture.fields(
      of: path, ["frame.number", "_ws.col.Info"],
      filter: "\(sent) && (\(wrong.joined(separator: " || ")))")
    #expect(found.isEmpty, "\(found.prefix(5))")
  }
}
