// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

extension NamespaceServer {
  /// dnsmasq at 10.0.0.1: leases of the addresses from `first` to `last`, which are renewed after
  /// 3 s, and the names of the domain "test". It offers addresses without a look whether somebody has
  /// them.
  static func dnsmasq(
    _ first: String, _ last: String, in network: TapNamespace, _ folder: TemporaryFolder
  ) throws -> NamespaceServer {
    let many = (1...100).map { "10.0.1.\($0) many.test\n" }.joined()
    let hosts = try folder.file("hosts", Array(many.utf8))
    let place = folder.url.path
    let server = try NamespaceServer(
      [
        "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--user=root",
        "--conf-file=/dev/null", "--pid-file=\(place)/dnsmasq.pid", "--no-resolv", "--no-hosts",
        "--dhcp-leasefile=\(place)/leases-\(first)", "--interface=\(network.tap)",
        "--bind-interfaces", "--no-ping", "--dhcp-sequential-ip",
        "--dhcp-range=\(first),\(last),2m", "--dhcp-option=option:mtu,1400",
        "--dhcp-option=option:T1,3", "--domain=test", "--local=/test/",
        "--host-record=server.test,10.0.0.1", "--cname=alias.test,server.test",
        "--addn-hosts=\(hosts)",
      ], in: network, folder, log: "dnsmasq-\(first)")
    try server.expect("started, version")
    return server
  }
}
