// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
public import NetStack
public import NetWire

/// A port of UDP, which is closed at the end of this object's life.
///
/// Sendable because nothing runs at the same time as its user.
public final class UDPSocket: @unchecked Sendable {
  let endpoint: UDPEndpoint
  let network: Network
  private let arrival = Arrival()

  init(_ endpoint: UDPEndpoint, _ network: Network) {
    self.endpoint = endpoint
    self.network = network
    endpoint.observer = arrival
  }

  deinit {
    network.stack.close(endpoint)
  }

  /// The port of this side.
  public var port: UInt16 { endpoint.port }

  /// Waits for a datagram. A connected socket throws what the network says of those that it has sent
  /// (RFC 1122, section 4.1.3.3); another has many peers, and is told by `takeFailure`.
  public func receive(timeout: Duration? = nil) async throws(StreamError) -> Datagram {
    let deadline = MonotonicClock.Instant.after(timeout)
    while true {
      if let datagram = endpoint.receive() {
        return datagram
      }
      if endpoint.remote != nil, let failure = endpoint.takeFailure() {
        throw .unavailable(failure.error)
      }
      try await news(until: deadline)
    }
  }

  /// Waits until a datagram arrives, or the network tells of a failure.
  func news(until deadline: MonotonicClock.Instant?) async throws(StreamError) {
    do throws(WaitError) {
      try await arrival.waiters.wait(until: deadline)
    } catch {
      throw StreamError(error)
    }
  }

  /// The next datagram, if one has arrived.
  public func receiveNow() -> Datagram? { endpoint.receive() }

  /// The latest failure that the network has told of, and nobody has been told of yet.
  public func takeFailure() -> UDPEndpoint.Failure? { endpoint.takeFailure() }

  /// Has the socket receive what is sent to a group, on an interface or on the one that packets to the
  /// group leave by. Routers are told (RFC 3376, RFC 3810).
  public func join(_ group: IPAddress, on interface: Interface? = nil) throws(SocketError) {
    try network.stack.join(group, endpoint, on: interface, at: .now)
    network.transmit()
  }

  /// Ends `join`.
  public func leave(_ group: IPAddress, on interface: Interface? = nil) {
    network.stack.leave(group, endpoint, on: interface, at: .now)
    network.transmit()
  }

  /// Sends a datagram. Like any, it may be lost. `source` is the address to send it from: that which a
  /// request came to. `interface` is where it leaves, unless that is nil.
  public func send(
    _ payload: Span<UInt8>, to remote: SocketAddress, source: IPAddress? = nil,
    on interface: Interface? = nil
  ) throws(SocketError) {
    try network.stack.send(payload, to: remote, from: endpoint, source: source, on: interface)
    network.transmit()
  }
}

private final class Arrival: UDPObserver {
  let waiters = WaitQueue()

  func endpointChanged(_ endpoint: UDPEndpoint) {
    waiters.wakeFirst()
  }
}

extension Network {
  /// Opens a port of UDP; 0 stands for any that is free. With `remote`, datagrams come only from there.
  public func openUDP(
    port: UInt16 = 0, address: IPAddress? = nil, remote: SocketAddress? = nil
  ) throws(SocketError) -> UDPSocket {
    UDPSocket(try stack.openUDP(port: port, address: address, remote: remote), self)
  }
}
