// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Kernel
public import NetStack
public import NetWire

/// Why a name was not resolved.
public enum ResolveError: Error {
  /// The task is cancelled.
  case cancelled
  /// No port is free to ask from.
  case noPort
  /// There are no addresses.
  case failed(DNSLookupError)
}

/// Finds the addresses of names by asking name servers, and remembers what they say.
///
/// Sendable because nothing runs at the same time as its user.
public final class Resolver: @unchecked Sendable {
  /// Whom to ask, and how. What changes holds for the lookups that begin from then on.
  public var configuration: DNSConfiguration
  private let network: Network
  private var cache = DNSCache()

  /// Asks the servers of a configuration.
  public init(_ network: Network, _ configuration: DNSConfiguration) {
    self.network = network
    self.configuration = configuration
  }

  /// Asks the servers that a lease names.
  public convenience init(_ network: Network, _ lease: DHCPLease) {
    let servers = lease.nameServers.map {
      SocketAddress(.v4($0), port: DNSConfiguration.port)
    }
    self.init(network, DNSConfiguration(servers: servers, searchList: lease.searchList))
  }

  /// The addresses of a name, which may also be an address in words.
  public func lookup(_ name: String) async throws(ResolveError) -> [IPAddress] {
    var lookup = DNSLookup(name, configuration)
    var random = SystemRandomNumberGenerator()
    var socket: UDPSocket?
    while true {
      while let action = lookup.next(at: .now, &cache, using: &random) {
        switch action {
        case .done(let result): return try Self.addresses(result)
        case .sendTCP(let server, let bytes): try await ask(server, bytes, &lookup)
        case .sendUDP(let server, let bytes):
          if socket == nil {
            socket = try open()
          }
          // What cannot be sent is as good as lost.
          try? socket?.send(bytes.span, to: server)
        }
      }
      if try await !receive(socket, &lookup) {
        // An answer to what was asked from here may still come: it does not count.
        socket = nil
      }
    }
  }

  private static func addresses(
    _ result: Result<[IPAddress], DNSLookupError>
  ) throws(ResolveError) -> [IPAddress] {
    switch result {
    case .success(let addresses): return addresses
    case .failure(let error): throw .failed(error)
    }
  }

  /// A port that nobody can guess.
  private func open() throws(ResolveError) -> UDPSocket {
    do throws(SocketError) {
      return try network.openUDP()
    } catch {
      throw .noPort
    }
  }

  /// Waits for an answer, or for the news that there will be none; false when the deadline comes first.
  private func receive(
    _ socket: UDPSocket?, _ lookup: inout DNSLookup
  ) async throws(ResolveError) -> Bool {
    guard let socket, let deadline = lookup.deadline else { return false }
    do throws(StreamError) {
      while true {
        if let datagram = socket.receiveNow() {
          lookup.receive(
            datagram.payload.span, from: datagram.source, over: .udp, at: .now, &cache)
          return true
        }
        if let failure = socket.takeFailure() {
          lookup.failed(failure.remote, over: .udp)
          return true
        }
        try await socket.news(until: .after(.until(deadline)))
      }
    } catch {
      if case .cancelled = error {
        throw .cancelled
      }
      return false
    }
  }

  /// Sends a query on a connection of its own, and waits for the answer.
  private func ask(
    _ server: SocketAddress, _ query: [UInt8], _ lookup: inout DNSLookup
  ) async throws(ResolveError) {
    let timeout = Duration.nanoseconds(Int64(clamping: configuration.timeout))
    do throws(StreamError) {
      let stream = try await network.connect(to: server, timeout: timeout)
      try await stream.write(query.span, timeout: timeout)
      var answer: [UInt8] = []
      while answer.count < 2 || answer.count < 2 + Int(answer[0]) << 8 + Int(answer[1]) {
        let count = try await stream.read(timeout: timeout) { piece in
          for index in piece.indices {
            answer.append(piece[index])
          }
        }
        if count == 0 {
          break
        }
      }
      if answer.count > 2 {
        lookup.receive(
          answer.span.extracting(2...), from: server, over: .tcp, at: .now, &cache)
      }
    } catch {
      if case .cancelled = error {
        throw .cancelled
      }
    }
    // It has no effect when there was an answer.
    lookup.failed(server, over: .tcp)
  }
}
