// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Kernel
import NetStack
import NetWire

/// An argument that says nothing about a network.
public struct ConfigurationError: Error, CustomStringConvertible {
  /// What is wrong, with the argument in it.
  public let description: String
}

extension Network {
  /// The host with one device, and the addresses that the command line gives it:
  /// `--ipv4=10.0.0.2/24 --ipv4-gateway=10.0.0.1`, and `--ipv6=2001:db8::2/64
  /// --ipv6-gateway=2001:db8::1` or `--ipv6=auto` for what routers tell (RFC 4862). One of the versions
  /// has to be there.
  public static func configured(_ device: NetDevice) throws(ConfigurationError) -> Network {
    guard option("ipv4") != nil || option("ipv6") != nil else {
      throw ConfigurationError(description: "--ipv4=ADDRESS/LENGTH is missing")
    }
    let network = Network()
    let interface = network.attach(device)
    if let text = option("ipv4") {
      guard let prefix = IPv4Prefix(text) else {
        throw ConfigurationError(description: "--ipv4=\(text): not an address and a length")
      }
      network.configure(interface, prefix, gateway: try address("ipv4-gateway", IPv4Address.init))
    }
    try network.configureIPv6(interface)
    return network
  }

  /// Has an interface use version 6 as the command line says.
  private func configureIPv6(_ interface: Interface) throws(ConfigurationError) {
    guard let text = option("ipv6") else { return }
    // As bytes: comparing strings brings tables of Unicode into the image.
    if text.utf8.elementsEqual("auto".utf8) {
      enableIPv6(interface)
      return
    }
    guard let prefix = IPv6Prefix(text) else {
      throw ConfigurationError(
        description: "--ipv6=\(text): neither an address and a length nor auto")
    }
    enableIPv6(
      interface, prefix, gateway: try Self.address("ipv6-gateway", IPv6Address.init))
  }

  /// The address that an option gives, if it is there.
  private static func address<Address>(
    _ name: String, _ read: (String) -> Address?
  ) throws(ConfigurationError) -> Address? {
    guard let text = option(name) else { return nil }
    guard let address = read(text) else {
      throw ConfigurationError(description: "--\(name)=\(text): not an address")
    }
    return address
  }
}
