// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// The client of DHCPv4 of one interface (RFC 2131, section 4.4).
///
/// Its caller does what `next` returns until that is nil, calls it again at the `deadline`, passes on
/// what servers send, and configures the interface as `lease` says whenever that has changed.
public struct DHCPClient: Sendable {
  /// What is to be done.
  public enum Action: Sendable {
    /// Send a message from its `clientAddress`, which is 0.0.0.0 as long as the client has none. Ports
    /// are 68 and 67.
    case send(DHCPMessage, to: IPv4Address)
    /// Ask whether another station has this address (RFC 5227, section 2.1.1); `conflict` says that
    /// one does.
    case probe(IPv4Address)
  }

  private enum State: Hashable {
    case initial
    case selecting
    case requesting(address: IPv4Address, server: IPv4Address)
    case probing(DHCPLease, probes: Int)
    case bound
    case renewing
    case rebinding
    case declining(address: IPv4Address, server: IPv4Address)
  }

  private static let everybody = IPv4Address(rawValue: .max)
  private static let second: UInt64 = 1_000_000_000
  /// After so many requests without an answer, another offer is looked for.
  private static let requestLimit = 4
  /// As many as RFC 5227 has in section 1.1. Its seconds between them are for links on which stations
  /// take that long to answer: who boots in milliseconds does not wait for these.
  private static let probeLimit = 3
  private static let probeInterval = second / 5
  /// How long a client waits after it declined an address (section 3.1, item 5).
  private static let pauseAfterConflict = 10 * second
  private static let pauseAfterRefusal = second
  /// The shortest wait for an answer to a renewal (section 4.4.5).
  private static let shortestRenewalWait = 60 * second

  /// What the client has; nil when it has to go without an address.
  public private(set) var lease: DHCPLease?
  /// When `next` is to be called, at the latest.
  public private(set) var deadline: Instant

  private let hardware: MACAddress
  private let hostName: [UInt8]
  private var state = State.initial
  private var transaction: UInt32 = 0
  /// How many messages have been sent without an answer.
  private var attempts = 0
  /// When the client began to look for an address.
  private var start: Instant
  /// When the last request was sent, from when on a lease counts.
  private var requested: Instant

  /// A client that begins at once.
  public init(hardware: MACAddress, hostName: String = "", at now: Instant) {
    self.hardware = hardware
    self.hostName = Array(hostName.utf8.prefix(255))
    deadline = now
    start = now
    requested = now
  }

  /// What is to be done now; nil for nothing.
  public mutating func next(
    at now: Instant, using random: inout some RandomNumberGenerator
  ) -> Action? {
    guard now >= deadline else { return nil }
    follow(now, using: &random)
    switch state {
    case .initial, .selecting: return .send(discover(at: now, using: &random), to: Self.everybody)
    case .requesting(let address, let server):
      var message = request(at: now)
      message.options.set(.requestedAddress, address)
      message.options.set(.serverIdentifier, server)
      deadline = now.advanced(byNanoseconds: backOff(using: &random))
      return .send(message, to: Self.everybody)
    case .probing(let found, let probes):
      state = .probing(found, probes: probes + 1)
      deadline = now.advanced(byNanoseconds: Self.probeInterval)
      return .probe(found.prefix.address)
    case .bound: return nil
    case .renewing, .rebinding: return renew(at: now)
    case .declining(let address, let server):
      state = .initial
      deadline = now.advanced(byNanoseconds: Self.pauseAfterConflict)
      var message = message(.decline, at: now)
      message.options.set(.requestedAddress, address)
      message.options.set(.serverIdentifier, server)
      return .send(message, to: Self.everybody)
    }
  }

  /// Takes a message that came to port 68. Those that do not belong here change nothing.
  public mutating func handle(_ message: DHCPMessage, at now: Instant) {
    guard message.operation == .reply, message.transaction == transaction,
      message.clientHardware == hardware,
      let server = message.options.address(.serverIdentifier)
    else { return }
    switch (state, message.kind) {
    case (.selecting, .offer):
      guard DHCPLease.isHost(message.yourAddress) else { return }
      state = .requesting(address: message.yourAddress, server: server)
      attempts = 0
      deadline = now
    case (.requesting(let address, let chosen), .acknowledgment):
      guard server == chosen, message.yourAddress == address,
        let found = DHCPLease(message, server: server, since: requested)
      else { return }
      state = .probing(found, probes: 0)
      deadline = now
    case (.renewing, .acknowledgment), (.rebinding, .acknowledgment):
      guard message.yourAddress == lease?.prefix.address,
        let renewed = DHCPLease(message, server: server, since: requested)
      else { return }
      bind(renewed)
    case (.requesting(_, let chosen), .negativeAcknowledgment):
      guard server == chosen else { return }
      begin(at: now.advanced(byNanoseconds: Self.pauseAfterRefusal))
    case (.renewing, .negativeAcknowledgment), (.rebinding, .negativeAcknowledgment):
      begin(at: now.advanced(byNanoseconds: Self.pauseAfterRefusal))
    case (.initial, _), (.selecting, _), (.requesting, _), (.probing, _), (.bound, _),
      (.renewing, _), (.rebinding, _), (.declining, _):
      return
    }
  }

  /// Another station has the address that is probed: the client declines it and looks for another one
  /// (section 3.1, item 5).
  public mutating func conflict(at now: Instant) {
    guard case .probing(let found, _) = state else { return }
    begin(at: now)
    state = .declining(address: found.prefix.address, server: found.server)
  }

  /// Gives the address back: the message that says so, which nobody answers. The client does nothing
  /// more.
  public mutating func release(
    at now: Instant
  ) -> (message: DHCPMessage, destination: IPv4Address)? {
    guard let lease else { return nil }
    var message = message(.release, at: now)
    message.clientAddress = lease.prefix.address
    message.options.set(.serverIdentifier, lease.server)
    begin(at: Instant(nanoseconds: .max))
    return (message, lease.server)
  }
}

extension DHCPClient {
  private mutating func begin(at now: Instant) {
    lease = nil
    state = .initial
    deadline = now
  }

  /// Changes the state as time alone does.
  private mutating func follow(_ now: Instant, using random: inout some RandomNumberGenerator) {
    // A short lease may be over by then.
    if case .probing(let found, Self.probeLimit) = state {
      bind(found)
    }
    if let lease {
      if now >= lease.expiry {
        begin(at: now)
      } else if now >= lease.rebinding, state == .bound || state == .renewing {
        state = .rebinding
        transaction = random.next()
        start = now
      } else if now >= lease.renewal, state == .bound {
        state = .renewing
        transaction = random.next()
        start = now
      }
    } else if case .requesting = state, attempts >= Self.requestLimit {
      state = .initial
    }
  }

  private mutating func discover(
    at now: Instant, using random: inout some RandomNumberGenerator
  ) -> DHCPMessage {
    if state == .initial {
      state = .selecting
      transaction = random.next()
      start = now
      attempts = 0
    }
    deadline = now.advanced(byNanoseconds: backOff(using: &random))
    return message(.discover, at: now)
  }

  private mutating func request(at now: Instant) -> DHCPMessage {
    requested = now
    return message(.request, at: now)
  }

  /// Asks for more time, at least once a minute or in half of the time that is left until then
  /// (section 4.4.5).
  private mutating func renew(at now: Instant) -> Action? {
    guard let lease else { return nil }
    let limit = state == .renewing ? lease.rebinding : lease.expiry
    let wait = max(limit.nanoseconds(since: now) / 2, Self.shortestRenewalWait)
    deadline = min(now.advanced(byNanoseconds: wait), limit)
    var message = request(at: now)
    message.clientAddress = lease.prefix.address
    return .send(message, to: state == .renewing ? lease.server : Self.everybody)
  }

  private mutating func bind(_ lease: DHCPLease) {
    self.lease = lease
    state = .bound
    deadline = lease.renewal
  }

  /// 4 seconds, then twice as long each time up to 64, and up to one second more or less (section
  /// 4.1).
  private mutating func backOff(using random: inout some RandomNumberGenerator) -> UInt64 {
    let seconds: UInt64 = 4 << UInt64(min(attempts, 4))
    attempts += 1
    return (seconds - 1) * Self.second + random.next() % (2 * Self.second)
  }

  private func message(_ kind: DHCPMessage.Kind, at now: Instant) -> DHCPMessage {
    var message = DHCPMessage(.request, kind, transaction: transaction, clientHardware: hardware)
    message.options.set(.clientIdentifier, hardware)
    if kind == .decline || kind == .release {
      return message
    }
    message.seconds = UInt16(clamping: now.nanoseconds(since: start) / Self.second)
    // An interface without an address takes only what is sent to everybody.
    message.isBroadcast = lease == nil
    message.options.set(.maximumMessageSize, UInt16(1500))
    message.options[.parameterRequestList] = [
      DHCPOptions.Code.subnetMask, .routers, .nameServers, .domainName, .interfaceMTU,
      .timeServers, .leaseTime, .renewalTime, .rebindingTime, .domainSearch,
    ].map { $0.rawValue }
    if !hostName.isEmpty {
      message.options[.hostName] = hostName
    }
    return message
  }
}
