// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Guests that dnsmasq tells their addresses and those of others.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DnsmasqTests {
  private let folder: TemporaryFolder
  private let network: TapNamespace
  private let web: NamespaceServer

  init() throws {
    folder = try TemporaryFolder()
    network = try TapNamespace()
    // Every address of many.test is the web server's.
    try system("ip", "-n", network.name, "link", "set", "lo", "up")
    try system("ip", "-n", network.name, "route", "add", "local", "10.0.1.0/24", "dev", "lo")
    web = try Self.web(in: network, folder)
  }

  /// A page, and one that takes as many seconds as are asked for.
  private static func web(
    in network: TapNamespace, _ folder: TemporaryFolder
  ) throws -> NamespaceServer {
    let programs = folder.url.appending(path: "cgi-bin")
    try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
    _ = try folder.file("index.html", Array("the page\n".utf8))
    let slow = try folder.file(
      "cgi-bin/slow",
      Array("#!/bin/sh\nsleep $QUERY_STRING\nprintf 'Status: 200 OK\\r\\n\\r\\nat last\\n'\n".utf8))
    try system("chmod", "755", slow)
    let server = try NamespaceServer(
      ["busybox", "httpd", "-f", "-p", "80", "-h", folder.url.path], in: network, folder,
      log: "httpd")
    try system(
      network.prefix
        + ["curl", "-s", "--retry", "5", "--retry-connrefused", "http://10.0.0.1/", "-o"]
        + ["/dev/null"])
    return server
  }

  private func dnsmasq(_ first: String, _ last: String? = nil) throws -> NamespaceServer {
    try .dnsmasq(first, last ?? first, in: network, folder)
  }

  /// Runs `fetch` to its end.
  private func fetch(
    _ url: String, options: [String] = [], arguments: [String] = []
  ) throws -> CommandResult {
    let command = ["timeout", "60", try BuiltCommand.path(), try BuiltGuest.path("fetch")]
    return try CommandResult(
      of: network.prefix + command + ["--mem", "64M", "--net", network.tap] + options
        + ["--", "--url=\(url)"] + arguments)
  }

  /// A name, one below the domain that DHCP tells, an alias, and one of so many addresses that they need
  /// a connection.
  @Test(arguments: ["server.test", "server", "alias.test", "many.test"])
  func pageIsFetchedByName(host: String) throws {
    let server = try dnsmasq("10.0.0.50")
    let capture = folder.url.appending(path: "capture.pcapng").path
    let result = try fetch("http://\(host)/", options: ["--pcap", capture])
    #expect(result.status == 0, "\(server.log)")
    #expect(result.output == "the page\n")
    let connections = try Capture.fields(
      of: capture, ["frame.number"], filter: "tcp.dstport == 53 && tcp.flags.syn == 1")
    #expect(connections.isEmpty == (host != "many.test"))
  }

  @Test func serverOfTheCommandLineIsAsked() throws {
    let server = try dnsmasq("10.0.0.50")
    let result = try fetch(
      "http://server.test/", arguments: ["--ipv4=10.0.0.2/24", "--nameserver=10.0.0.1"])
    #expect(result.output == "the page\n")
    #expect(!server.log.contains("DHCPDISCOVER"))
  }

  @Test func nameThatIsNotThereIsOneError() throws {
    let server = try dnsmasq("10.0.0.50")
    let result = try fetch("http://nobody.test/")
    #expect(result.status == 1, "\(server.log)")
    #expect(result.output == "fetch: nobody knows the host\n")
    #expect(result.errors.isEmpty)
  }

  /// RFC 2132, section 5.1.
  @Test func segmentsFitTheNetwork() throws {
    let server = try dnsmasq("10.0.0.50")
    let capture = folder.url.appending(path: "capture.pcapng").path
    let result = try fetch("http://10.0.0.1/", options: ["--pcap", capture])
    #expect(result.output == "the page\n", "\(server.log)")
    let sizes = try Capture.fields(
      of: capture, ["tcp.options.mss_val"], filter: "ip.src == 10.0.0.50 && tcp.flags.syn == 1")
    #expect(sizes == [["1360"]])
  }

  @Test func leaseIsRenewedUnderAConnection() throws {
    let server = try dnsmasq("10.0.0.50")
    let result = try fetch("http://server.test/cgi-bin/slow?5")
    #expect(result.output == "at last\n")
    let log = server.log
    #expect(log.ranges(of: "DHCPDISCOVER(").count == 1)
    #expect(log.ranges(of: "DHCPREQUEST(").count >= 2, "\(log)")
    #expect(log.ranges(of: "DHCPACK(").count >= 2)
  }

  /// By a server that knows nothing of it.
  @Test func refusedLeaseIsReplaced() throws {
    let server = try dnsmasq("10.0.0.50")
    let machine = try TapMachine(
      in: network, image: try BuiltGuest.path("fetch"),
      options: ["--", "--url=http://server.test/cgi-bin/slow?60"],
      command: try BuiltCommand.path(), isSilent: true)
    try server.expect("DHCPACK(tap0) 10.0.0.50")
    server.stop()
    let other = try dnsmasq("10.0.0.60")
    try other.expect("DHCPNAK(tap0) 10.0.0.50")
    try other.expect("DHCPACK(tap0) 10.0.0.60")
    try system(network.prefix + ["ping", "-q", "-c", "1", "-w", "5", "10.0.0.60"])
    let old = try CommandResult(
      of: network.prefix + ["ping", "-q", "-c", "1", "-W", "0.5", "10.0.0.50"])
    #expect(old.status == 1, "\(old.output)")
    #expect(machine.stop() == 143)
  }

  /// RFC 2131, section 3.1, item 5: another address is asked for after 10 s.
  @Test func addressOfSomebodyElseIsDeclined() throws {
    try system("ip", "-n", network.name, "address", "add", "10.0.0.70/24", "dev", network.tap)
    let server = try dnsmasq("10.0.0.70", "10.0.0.71")
    let result = try fetch("http://server.test/")
    #expect(result.output == "the page\n")
    let log = server.log
    #expect(log.contains("DHCPACK(tap0) 10.0.0.70"), "\(log)")
    #expect(log.contains("DHCPDECLINE(tap0) 10.0.0.70"))
    #expect(log.contains("DHCPACK(tap0) 10.0.0.71"))
  }
}
