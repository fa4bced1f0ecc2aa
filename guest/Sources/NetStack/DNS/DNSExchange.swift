// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// One question, asked of one server after the other until there is an answer.
struct DNSExchange: Sendable {
  private enum State: Sendable {
    case ready(DNSTransport)
    case waiting(DNSTransport, until: Instant)
    case done(DNSCache.Outcome)
  }

  /// No answer leads through more aliases.
  private static let aliasLimit = 8
  /// What is not divided into fragments on nearly all paths.
  private static let payloadSize: UInt16 = 1232

  let name: DNSName
  let type: DNSRecordType
  private(set) var failure = DNSLookupError.timedOut
  /// The seconds that the answer may be kept.
  private(set) var lifetime = UInt32.max
  private var state = State.ready(.udp)
  private var question: DNSQuestion
  private var id: UInt16 = 0
  private var tries = 0
  private var aliases = 0
  private var usesEDNS = true

  init(_ name: DNSName, _ type: DNSRecordType) {
    self.name = name
    self.type = type
    question = DNSQuestion(name, type)
  }

  var outcome: DNSCache.Outcome? {
    if case .done(let outcome) = state { outcome } else { nil }
  }

  /// When an answer is not waited for any more.
  var deadline: Instant? {
    if case .waiting(_, let deadline) = state { deadline } else { nil }
  }

  mutating func finish(_ outcome: DNSCache.Outcome) {
    state = .done(outcome)
  }

  /// What is to be sent now, and to whom. `isLast` means that no further server is asked.
  mutating func next(
    _ configuration: DNSConfiguration, isLast: Bool, at now: Instant,
    using random: inout some RandomNumberGenerator
  ) -> (transport: DNSTransport, server: SocketAddress, message: [UInt8])? {
    if case .waiting(_, let deadline) = state, now >= deadline {
      giveUp(isLast: isLast)
    }
    guard case .ready(let transport) = state else { return nil }
    guard tries < configuration.servers.count * configuration.attempts else {
      state = .done(.failed(failure))
      return nil
    }
    // Where numbers look alike twice, an answer that comes late would do.
    id = random.next()
    if configuration.mixesCase {
      question.name = question.name.mixingCase { _ in Bool.random(using: &random) }
    }
    var header = DNSHeader(id: id)
    header.isRecursionDesired = true
    var message = DNSMessage(header: header)
    message.questions = [question]
    message.edns = usesEDNS ? EDNS(udpPayloadSize: Self.payloadSize) : nil
    state = .waiting(transport, until: now.advanced(byNanoseconds: configuration.timeout))
    return (transport, server(configuration), message.encoded())
  }

  private func server(_ configuration: DNSConfiguration) -> SocketAddress {
    configuration.servers[tries % configuration.servers.count]
  }

  private mutating func giveUp(isLast: Bool) {
    tries += 1
    state = isLast ? .done(.failed(failure)) : .ready(.udp)
  }

  /// `server` cannot be reached.
  mutating func failed(
    _ server: SocketAddress, over transport: DNSTransport, _ configuration: DNSConfiguration
  ) {
    if case .waiting(transport, _) = state, server == self.server(configuration) {
      giveUp(isLast: false)
    }
  }

  /// Takes a message; false if it is no answer to what was sent.
  mutating func receive(
    _ message: DNSMessage, from server: SocketAddress, over transport: DNSTransport,
    _ configuration: DNSConfiguration
  ) -> Bool {
    guard case .waiting(let sent, _) = state, sent == transport,
      server == self.server(configuration), message.header.isResponse, message.header.id == id,
      message.header.opcode == 0
    else { return false }
    // A server that cannot read a query may not repeat its question.
    let isUnread =
      message.responseCode == .formatError || message.responseCode == .notImplemented
    if usesEDNS, isUnread, message.questions.isEmpty || matches(message.questions, configuration) {
      usesEDNS = false
      state = .ready(transport)
      return true
    }
    guard matches(message.questions, configuration) else { return false }
    if message.header.isTruncated, transport == .udp {
      state = .ready(.tcp)
    } else if message.responseCode == .noError || message.responseCode == .nameError {
      take(message)
    } else {
      failure = .serverFailure
      giveUp(isLast: false)
    }
    return true
  }

  private func matches(_ questions: [DNSQuestion], _ configuration: DNSConfiguration) -> Bool {
    guard questions.count == 1, questions[0] == question else { return false }
    return !configuration.mixesCase || questions[0].name.wire == question.name.wire
  }

  /// Follows the aliases of an answer to what they lead to. Records of other names do not count.
  private mutating func take(_ message: DNSMessage) {
    let answers = message.answers.filter { $0.recordClass == .internet }
    var owner = question.name
    while let alias = answers.first(where: { $0.name == owner && $0.type == .cname }),
      case .cname(let target) = alias.data
    {
      aliases += 1
      guard aliases <= Self.aliasLimit else {
        state = .done(.failed(.serverFailure))
        return
      }
      lifetime = min(lifetime, alias.lifetimeSeconds)
      owner = target
    }
    var addresses: [IPAddress] = []
    for record in answers where record.name == owner && record.type == type {
      switch record.data {
      case .a(let address): addresses.append(.v4(address))
      case .aaaa(let address): addresses.append(.v6(address))
      default: continue
      }
      lifetime = min(lifetime, record.lifetimeSeconds)
    }
    if !addresses.isEmpty {
      state = .done(.addresses(addresses))
    } else {
      takeAbsence(message, of: owner)
    }
  }

  private mutating func takeAbsence(_ message: DNSMessage, of owner: DNSName) {
    let start = message.authorities.first { $0.type == .soa && owner.isWithin($0.name) }
    if message.responseCode == .nameError || start != nil {
      // Without a start of authority nobody says for how long (RFC 2308, section 5).
      var seconds: UInt32 = 0
      if let start, case .soa(let soa) = start.data {
        seconds = min(start.lifetimeSeconds, soa.minimum)
      }
      lifetime = min(lifetime, seconds)
      state = .done(message.responseCode == .nameError ? .nameError : .noData)
    } else if owner != question.name {
      // The server has not followed the alias.
      question.name = owner
      tries = 0
      state = .ready(.udp)
    } else if message.authorities.contains(where: { $0.type == .ns }),
      !message.header.isRecursionAvailable
    {
      // It only says who knows.
      failure = .serverFailure
      giveUp(isLast: false)
    } else {
      lifetime = 0
      state = .done(.noData)
    }
  }
}
