// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Guests that make their addresses of version 6 from what radvd tells (RFC 4862).
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RouterTests {
  private static let address = "2001:db8:1::5054:ff:fe12:3456"

  private let folder: TemporaryFolder
  private let network: TapNamespace

  init() throws {
    folder = try TemporaryFolder()
    network = try TapNamespace()
  }

  /// radvd for 2001:db8:1::/64 at fe80::1, on a tap that is up.
  private func router() throws -> NamespaceServer {
    let configuration = """
      interface \(network.tap) {
        AdvSendAdvert on;
        MaxRtrAdvInterval 4;
        MinRtrAdvInterval 3;
        prefix 2001:db8:1::/64 {};
      };
      """
    let path = try folder.file("radvd.conf", Array(configuration.utf8))
    try system(
      network.prefix + ["sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"])
    for address in ["fe80::1/64", "2001:db8:1::1/64", "2001:db8:9::1/128"] {
      try system(
        "ip", "-n", network.name, "address", "add", address, "dev", network.tap, "nodad")
    }
    let server = try NamespaceServer(
      [
        "radvd", "--nodaemon", "--logmethod", "stderr", "--username", "root",
        "--config", path, "--pidfile", "\(folder.url.path)/radvd.pid",
      ], in: network, folder, log: "radvd")
    try server.expect("started")
    return server
  }

  @Test func addressIsMadeOfTheRoutersPrefix() throws {
    let tap = try network.openTap()
    let server = try router()
    let machine = try TapMachine(
      in: network, image: try BuiltGuest.path("web"), options: ["--", "--ipv6=auto"],
      command: try BuiltCommand.path(), tap: tap, mac: "52:54:00:12:34:56")
    let ping = network.prefix + ["ping", "-6", "-q", "-c", "1", "-w", "20"]
    let near = try CommandResult(of: ping + [Self.address])
    #expect(near.status == 0, "\(near.output) \(server.log)")
    // From another network, so that the answer has to go by the router.
    let far = try CommandResult(of: ping + ["-I", "2001:db8:9::1", Self.address])
    #expect(far.status == 0, "\(far.output)")
    let page = try CommandResult(
      of: network.prefix + ["curl", "-s", "-g", "--max-time", "5", "http://[\(Self.address)]/"])
    #expect(page.output.utf8.count == 612)
    #expect(machine.stop() == 143)
  }
}
