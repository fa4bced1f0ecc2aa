// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
public import NetStack
import NetWire

/// Keeps an interface configured as DHCP servers say.
///
/// Sendable because nothing runs at the same time as its user.
public final class DHCPConfigurator: @unchecked Sendable {
  private let network: Network
  private let interface: Interface
  private let socket: UDPSocket
  private var client: DHCPClient
  private var random = SystemRandomNumberGenerator()
  private let changes = WaitQueue()
  private var task: Task<Void, Never>?
  /// What the interface is configured by.
  public private(set) var lease: DHCPLease?

  fileprivate init(_ network: Network, _ interface: Interface, _ socket: UDPSocket, _ name: String)
  {
    self.network = network
    self.interface = interface
    self.socket = socket
    client = DHCPClient(hardware: interface.mac, hostName: name, at: .now)
  }

  fileprivate func start() {
    task = Task { await run() }
  }

  private func run() async {
    while !Task.isCancelled {
      if interface.takeConflict() {
        client.conflict(at: .now)
      }
      act()
      do throws(StreamError) {
        take(try await socket.receive(timeout: .until(client.deadline)))
      } catch {
        // Either the deadline has come, or there is nothing more to do.
      }
    }
  }

  /// Gives the address back. The interface is not configured any more.
  public func release() {
    task?.cancel()
    if let (message, destination) = client.release(at: .now) {
      send(message, to: destination)
    }
    apply()
  }

  /// Waits for a lease.
  public func leased(timeout: Duration? = nil) async throws(StreamError) -> DHCPLease {
    let deadline = MonotonicClock.Instant.after(timeout)
    while true {
      if let lease {
        return lease
      }
      do throws(WaitError) {
        try await changes.wait(until: deadline)
      } catch {
        throw StreamError(error)
      }
    }
  }

  /// Does what is to be done now.
  private func act() {
    while let action = client.next(at: .now, using: &random) {
      // The client may have lost its address.
      apply()
      switch action {
      case .send(let message, let destination): send(message, to: destination)
      case .probe(let address): network.probe(address, on: interface)
      }
    }
    apply()
  }

  private func send(_ message: DHCPMessage, to destination: IPv4Address) {
    let server = SocketAddress(.v4(destination), port: DHCPMessage.serverPort)
    // What cannot be sent is as good as lost.
    try? socket.send(
      message.encoded().span, to: server, source: .v4(message.clientAddress), on: interface)
  }

  private func take(_ datagram: Datagram) {
    guard datagram.source.port == DHCPMessage.serverPort,
      let message = DHCPMessage(datagram.payload.span)
    else { return }
    client.handle(message, at: .now)
    apply()
  }

  /// Configures the interface by the lease, if that has changed.
  private func apply() {
    guard client.lease != lease else { return }
    let old = lease
    lease = client.lease
    if lease?.prefix != old?.prefix || lease?.routers != old?.routers || lease?.mtu != old?.mtu {
      network.configure(
        interface, lease?.prefix, gateway: lease?.routers.first, mtu: lease?.mtu)
    }
    while changes.wakeFirst() {}
  }
}

extension Network {
  /// Has DHCP servers configure an interface (RFC 2131), from now on until the result is told to
  /// release it. `hostName` is what the host wants to be called.
  public func configureByDHCP(
    _ interface: Interface, hostName: String = ""
  ) throws(SocketError) -> DHCPConfigurator {
    let socket = try openUDP(port: DHCPMessage.clientPort)
    let configurator = DHCPConfigurator(self, interface, socket, hostName)
    configurator.start()
    return configurator
  }
}
