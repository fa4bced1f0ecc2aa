// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
public import NetStack
public import NetWire

extension Network {
  /// Takes connections at a port, of `address` or of every address that the host has. Up to `backlog` of
  /// them wait to be accepted.
  public func listen(
    port: UInt16, address: IPAddress? = nil, backlog: Int = 1024,
    options: TCPConnection.Options = TCPConnection.Options()
  ) throws(SocketError) -> TCPListener {
    TCPListener(
      try stack.listen(port: port, address: address, backlog: backlog, options: options), self)
  }

  /// Connects to a port of another host.
  public func connect(
    to remote: SocketAddress, timeout: Duration? = .seconds(30),
    options: TCPConnection.Options = TCPConnection.Options()
  ) async throws(StreamError) -> TCPStream {
    let connection: TCPConnection
    do throws(SocketError) {
      connection = try stack.connect(to: remote, options: options, at: .now)
    } catch {
      throw .unavailable(error)
    }
    let stream = TCPStream(connection, self)
    transmit()
    try await stream.connected(until: .after(timeout))
    return stream
  }
}
