// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// One end of a conversation: an address and a port.
public struct SocketAddress: Hashable, Sendable {
  /// The host.
  public var address: IPAddress
  /// The port of the host.
  public var port: UInt16

  /// The port of a host.
  public init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `10.0.0.1:80` or `[fe80::1]:80` (RFC 5952, section 6).
  public var description: String {
    switch address {
    case .v4(let address): "\(address):\(port)"
    case .v6(let address): "[\(address)]:\(port)"
    }
  }
}
