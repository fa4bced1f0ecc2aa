// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// A datagram that has arrived.
public struct Datagram: Sendable {
  /// Who sent it.
  public let source: SocketAddress
  /// The address that it was sent to: this host's, or that of a group.
  public let destination: IPAddress
  /// What it says.
  public let payload: [UInt8]
}
