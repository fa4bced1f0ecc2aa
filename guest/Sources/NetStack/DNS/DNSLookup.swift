// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// How messages of the domain name system travel.
public enum DNSTransport: Sendable {
  /// In datagrams.
  case udp
  /// On a connection, each behind its length.
  case tcp
}

/// The search for the addresses of a name (RFC 1034, section 5.3.1).
///
/// Its caller does what `next` returns until that is nil, waits for messages of servers or for the
/// `deadline`, passes the messages on, and begins again.
public struct DNSLookup: Sendable {
  /// What is to be done.
  public enum Action: Sendable {
    /// Send a datagram, from a port that nobody can guess and that is used for nothing else.
    case sendUDP(SocketAddress, [UInt8])
    /// Connect, send these bytes, which begin with their length, and read such a message.
    case sendTCP(SocketAddress, [UInt8])
    /// There is nothing left to do.
    case done(Result<[IPAddress], DNSLookupError>)
  }

  private let configuration: DNSConfiguration
  /// The names that are looked for, one after the other.
  private var candidates: ArraySlice<DNSName> = []
  private var exchanges: [DNSExchange] = []
  /// Whether one of the names is there, without addresses.
  private var hasName = false
  private var result: Result<[IPAddress], DNSLookupError>?

  /// Looks for the addresses of `text`: a name, relative to the search list unless it ends in a dot,
  /// or an address. `localhost` and what is below it is the host itself (RFC 6761, section 6.3).
  public init(_ text: String, _ configuration: DNSConfiguration) {
    self.configuration = configuration
    if let address = IPAddress(text) {
      result = .success([address])
      return
    }
    guard let name = DNSName(text), !name.isRoot else {
      result = .failure(.invalidName)
      return
    }
    if let localhost = DNSName("localhost"), name.isWithin(localhost) {
      result = .success(Self.loopback(configuration.families))
      return
    }
    guard !configuration.servers.isEmpty else {
      result = .failure(.noServer)
      return
    }
    let isAbsolute = text.utf8.last == UInt8(ascii: ".")
    let searched = isAbsolute ? [] : configuration.searchList.compactMap { name.appending($0) }
    candidates = name.labelCount > 1 ? [name] + searched : searched + [name]
  }

  private static func loopback(_ families: DNSConfiguration.Families) -> [IPAddress] {
    let v4 = IPAddress.v4(IPv4Address(rawValue: 0x7f00_0001))
    let v6 = IPAddress.v6(IPv6Address(high: 0, low: 1))
    switch families {
    case .v4: return [v4]
    case .v6: return [v6]
    case .both: return [v4, v6]
    }
  }

  /// When `next` is to be called, at the latest.
  public var deadline: Instant? { exchanges.compactMap { $0.deadline }.min() }

  /// What is to be done now; nil when it is to be waited for an answer or the deadline.
  public mutating func next(
    at now: Instant, _ cache: inout DNSCache, using random: inout some RandomNumberGenerator
  ) -> Action? {
    while result == nil {
      if exchanges.isEmpty {
        start(at: now, cache)
      }
      for index in exchanges.indices where exchanges[index].outcome == nil {
        // Who has an address does not wait for another one more often than once.
        let isLast = !addresses.isEmpty
        if let message = exchanges[index].next(
          configuration, isLast: isLast, at: now, using: &random)
        {
          return Self.action(message)
        }
      }
      guard exchanges.allSatisfy({ $0.outcome != nil }) else { return nil }
      conclude()
    }
    return result.map { .done($0) }
  }

  private static func action(
    _ message: (transport: DNSTransport, server: SocketAddress, message: [UInt8])
  ) -> Action {
    switch message.transport {
    case .udp: return .sendUDP(message.server, message.message)
    case .tcp:
      let count = message.message.count
      return .sendTCP(
        message.server,
        [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
          + message.message)
    }
  }

  /// Begins with the next name, or fails when there is none.
  private mutating func start(at now: Instant, _ cache: DNSCache) {
    guard let name = candidates.popFirst() else {
      result = .failure(hasName ? .noAddress : .notFound)
      return
    }
    let types: [DNSRecordType]
    switch configuration.families {
    case .v4: types = [.a]
    case .v6: types = [.aaaa]
    case .both: types = [.a, .aaaa]
    }
    exchanges = types.map { type in
      var exchange = DNSExchange(name, type)
      if let outcome = cache.outcome(name, type, at: now) {
        exchange.finish(outcome)
      }
      return exchange
    }
  }

  private var addresses: [IPAddress] {
    exchanges.flatMap { exchange -> [IPAddress] in
      if case .addresses(let addresses) = exchange.outcome { addresses } else { [] }
    }
  }

  /// Looks at what came of the questions about one name.
  private mutating func conclude() {
    guard !exchanges.isEmpty else { return }
    let found = addresses
    var failure: DNSLookupError?
    for exchange in exchanges {
      switch exchange.outcome {
      case .failed(let error): failure = error
      case .noData: hasName = true
      case .addresses, .nameError, nil: break
      }
    }
    if !found.isEmpty {
      result = .success(found)
    } else if let failure {
      result = .failure(failure)
    }
    exchanges = []
  }

  /// Takes what has come from a server, without the length that stands before it on a connection.
  public mutating func receive(
    _ bytes: Span<UInt8>, from server: SocketAddress, over transport: DNSTransport,
    at now: Instant, _ cache: inout DNSCache
  ) {
    guard let message = DNSMessage(bytes) else { return }
    for index in exchanges.indices
    where exchanges[index].receive(message, from: server, over: transport, configuration) {
      let exchange = exchanges[index]
      if let outcome = exchange.outcome {
        cache.insert(
          outcome, exchange.name, exchange.type, seconds: exchange.lifetime, at: now)
      }
      return
    }
  }

  /// `server` cannot be reached, or a connection to it has ended without an answer.
  public mutating func failed(_ server: SocketAddress, over transport: DNSTransport) {
    for index in exchanges.indices {
      exchanges[index].failed(server, over: transport, configuration)
    }
  }
}
