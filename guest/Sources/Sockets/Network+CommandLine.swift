// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Kernel
import NetWire

/// An argument that says nothing about a network.
public struct ConfigurationError: Error, CustomStringConvertible {
  /// What is wrong, with the argument in it.
  public let description: String
}

extension Network {
  /// The host with one device, and the addresses that the command line gives it:
  /// `--ipv4=10.0.0.2/24 --ipv4-gateway=10.0.0.1`.
  public static func configured(_ device: NetDevice) throws(ConfigurationError) -> Network {
    guard let text = option("ipv4") else {
      throw ConfigurationError(description: "--ipv4=ADDRESS/LENGTH is missing")
    }
    guard let prefix = IPv4Prefix(text) else {
      throw ConfigurationError(description: "--ipv4=\(text): not an address and a length")
    }
    var gateway: IPv4Address?
    if let text = option("ipv4-gateway") {
      gateway = IPv4Address(text)
      if gateway == nil {
        throw ConfigurationError(description: "--ipv4-gateway=\(text): not an address")
      }
    }
    let network = Network()
    let interface = network.attach(device)
    network.configure(interface, prefix, gateway: gateway)
    return network
  }
}
