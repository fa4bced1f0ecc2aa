// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Kernel
import NetStack
import NetWire

extension Network {
  /// How long a DHCP server is waited for.
  private static let patience = Duration.seconds(60)

  /// The host with one device, and what finds the addresses of names for it. The command line gives
  /// addresses, `configured(_:)` says how, and the servers to ask: `--nameserver=10.0.0.1`, or several
  /// with commas between them. Without `--ipv4` both come from a DHCP server.
  public static func joined(
    _ device: NetDevice
  ) async throws(ConfigurationError) -> (network: Network, resolver: Resolver) {
    let servers = try nameServers()
    if option("ipv4") != nil {
      let network = try configured(device)
      return (network, Resolver(network, DNSConfiguration(servers: servers)))
    }
    let network = Network()
    let interface = network.attach(device)
    let lease: DHCPLease
    do throws(StreamError) {
      guard let configurator = try? network.configureByDHCP(interface) else { throw .closed }
      lease = try await configurator.leased(timeout: patience)
    } catch {
      throw ConfigurationError(description: "no DHCP server answers, and there is no --ipv4")
    }
    let resolver = Resolver(network, lease)
    if !servers.isEmpty {
      resolver.configuration.servers = servers
    }
    return (network, resolver)
  }

  /// The name servers of the command line.
  private static func nameServers() throws(ConfigurationError) -> [SocketAddress] {
    guard let text = option("nameserver") else { return [] }
    let bytes = text.utf8Span.span
    var servers: [SocketAddress] = []
    var start = 0
    for end in 0...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: ",") {
      guard let address = IPAddress(utf8: bytes.extracting(start..<end)) else {
        throw ConfigurationError(description: "--nameserver=\(text): not an address")
      }
      servers.append(SocketAddress(address, port: DNSConfiguration.port))
      start = end + 1
    }
    return servers
  }
}
