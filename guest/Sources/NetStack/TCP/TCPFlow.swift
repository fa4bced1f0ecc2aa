// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// What tells one connection from all others: both of its ends.
public struct TCPFlow: Hashable, Sendable {
  /// Our end.
  public var local: SocketAddress
  /// The peer's end.
  public var remote: SocketAddress

  /// The connection between these ends.
  public init(local: SocketAddress, remote: SocketAddress) {
    self.local = local
    self.remote = remote
  }
}
