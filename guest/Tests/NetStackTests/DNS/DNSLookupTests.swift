// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import TestSupport
import Testing

/// A lookup and the servers that its test plays.
private struct Conversation {
  static let first = SocketAddress(.v4(IPv4Address(rawValue: 0x0a00_0001)), port: 53)
  static let second = SocketAddress(.v4(IPv4Address(rawValue: 0x0a00_0002)), port: 53)

  /// A query that was sent.
  struct Query {
    let server: SocketAddress
    let transport: DNSTransport
    let message: DNSMessage

    var name: String { message.questions[0].name.description }
    var type: DNSRecordType { message.questions[0].type }
  }

  var configuration = DNSConfiguration(servers: [Self.first, Self.second])
  var cache = DNSCache()
  var random = SeededNumbers(seed: 7)
  var now = Instant(nanoseconds: 1)
  var lookup: DNSLookup?
  var result: Result<[IPAddress], DNSLookupError>?

  /// Begins. Returns the first queries.
  mutating func look(_ text: String) throws -> [Query] {
    result = nil
    lookup = DNSLookup(text, configuration)
    return try queries()
  }

  /// What is sent now.
  mutating func queries() throws -> [Query] {
    var queries: [Query] = []
    while result == nil, let action = lookup?.next(at: now, &cache, using: &random) {
      switch action {
      case .sendUDP(let server, let bytes): queries.append(try query(server, .udp, bytes))
      case .sendTCP(let server, let bytes):
        #expect(bytes.count == 2 + Int(bytes[0]) << 8 + Int(bytes[1]))
        queries.append(try query(server, .tcp, Array(bytes[2...])))
      case .done(let result): self.result = result
      }
    }
    return queries
  }

  private func query(
    _ server: SocketAddress, _ transport: DNSTransport, _ bytes: [UInt8]
  ) throws -> Query {
    let message = DNSMessage(bytes.span)
    return Query(server: server, transport: transport, message: try #require(message))
  }

  /// Waits for the deadline. Returns what is sent then.
  mutating func timeOut() throws -> [Query] {
    now = try #require(lookup?.deadline)
    return try queries()
  }

  /// Answers a query. Returns what is sent then.
  @discardableResult
  mutating func answer(
    _ query: Query, _ records: [(String, DNSRecordData)], from server: SocketAddress? = nil,
    _ edit: (inout DNSMessage) throws -> Void = { _ in }
  ) throws -> [Query] {
    var message = query.message
    message.header.isResponse = true
    message.header.isRecursionAvailable = true
    message.answers = try records.map { DNSRecord(try name($0.0), timeToLive: 60, $0.1) }
    try edit(&message)
    let bytes = message.encoded()
    lookup?.receive(
      bytes.span, from: server ?? query.server, over: query.transport, at: now, &cache)
    return try queries()
  }

  /// Answers that there is no such name, or nothing of the type.
  @discardableResult
  mutating func deny(_ query: Query, _ code: UInt8) throws -> [Query] {
    try answer(query, []) {
      $0.header.responseCode = code
      let zone = try name("org")
      $0.authorities = [
        DNSRecord(
          zone, timeToLive: 30,
          .soa(
            DNSStartOfAuthority(
              primary: zone, mailbox: zone, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 20)
          ))
      ]
    }
  }
}

private let v4 = IPv4Address(rawValue: 0xc000_0201)
private let v6 = IPv6Address(high: 0x2001_0db8 << 32, low: 1)

struct DNSLookupTests {
  private var conversation = Conversation()

  @Test mutating func asksForBothVersions() throws {
    let queries = try conversation.look("www.example.org")
    #expect(queries.map(\.type) == [.a, .aaaa])
    #expect(queries.allSatisfy { $0.name == "www.example.org." && $0.transport == .udp })
    #expect(queries.allSatisfy { $0.server == Conversation.first })
    #expect(queries.allSatisfy { $0.message.header.isRecursionDesired })
    #expect(queries[0].message.header.id != queries[1].message.header.id)
    try conversation.answer(queries[1], [("www.example.org", .aaaa(v6))])
    #expect(conversation.result == nil)
    try conversation.answer(queries[0], [("www.example.org", .a(v4))])
    #expect(conversation.result == .success([.v4(v4), .v6(v6)]))
  }

  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("localhost", "127.0.0.1 ::1"),
    ("LOCALHOST.", "127.0.0.1 ::1"), ("a.localhost", "127.0.0.1 ::1"),
  ])
  mutating func answersAtOnce(text: String, addresses: String) throws {
    conversation.configuration.servers = []
    let queries = try conversation.look(text)
    #expect(queries.isEmpty)
    let found = try #require(conversation.result).get()
    #expect(found.map(\.description) == addresses.split(separator: " ").map(String.init))
  }

  @Test(arguments: [
    ("", DNSLookupError.invalidName), (".", .invalidName), ("a..b", .invalidName), ("a", .noServer),
  ])
  mutating func failsAtOnce(text: String, error: DNSLookupError) throws {
    conversation.configuration.servers = []
    let queries = try conversation.look(text)
    #expect(queries.isEmpty && conversation.result == .failure(error))
  }

  @Test mutating func oneVersionOnly() throws {
    conversation.configuration.families = .v6
    let queries = try conversation.look("www.example.org")
    #expect(queries.map(\.type) == [.aaaa])
    try conversation.deny(queries[0], 0)
    #expect(conversation.result == .failure(.noAddress))
  }

  @Test mutating func aliasesAreFollowed() throws {
    conversation.configuration.families = .v4
    let queries = try conversation.look("www.example.org")
    try conversation.answer(
      queries[0],
      [
        ("b.example.org", .a(v4)), ("www.example.org", .cname(try name("a.example.org"))),
        ("a.example.org", .cname(try name("b.example.org"))),
        ("other.example.org", .a(IPv4Address(rawValue: 1))),
      ])
    #expect(conversation.result == .success([.v4(v4)]))
  }

  @Test mutating func aliasThatTheServerDoesNotFollowIsAskedFor() throws {
    conversation.configuration.families = .v4
    let queries = try conversation.look("www.example.org")
    let next = try conversation.answer(
      queries[0], [("www.example.org", .cname(try name("a.example.com")))])
    #expect(next.map(\.name) == ["a.example.com."])
    try conversation.answer(next[0], [("a.example.com", .a(v4))])
    #expect(conversation.result == .success([.v4(v4)]))
    // It is kept under the name that was looked for.
    let again = try conversation.look("www.example.org")
    #expect(again.isEmpty && conversation.result == .success([.v4(v4)]))
  }

  @Test mutating func aliasesEnd() throws {
    conversation.configuration.families = .v4
    var queries = try conversation.look("n0.example.org")
    var count = 0
    while conversation.result == nil, count < 100 {
      count += 1
      queries = try conversation.answer(
        queries[0], [(queries[0].name, .cname(try name("n\(count).example.org")))])
    }
    #expect(conversation.result == .failure(.serverFailure) && count < 20)
    queries = try conversation.look("loop.example.org")
    try conversation.answer(
      queries[0], [("loop.example.org", .cname(try name("loop.example.org")))])
    #expect(conversation.result == .failure(.serverFailure))
  }

  @Test mutating func nameThatIsNot() throws {
    let queries = try conversation.look("no.example.org")
    try conversation.deny(queries[0], 3)
    try conversation.deny(queries[1], 3)
    #expect(conversation.result == .failure(.notFound))
    // RFC 2308: for the lesser of both times.
    conversation.now = conversation.now.advanced(byNanoseconds: 19_000_000_000)
    let kept = try conversation.look("no.example.org")
    #expect(kept.isEmpty && conversation.result == .failure(.notFound))
    conversation.now = conversation.now.advanced(byNanoseconds: 1_000_000_000)
    #expect(try conversation.look("no.example.org").count == 2)
  }

  @Test mutating func searchListComesFirstForANameWithoutDots() throws {
    conversation.configuration.families = .v4
    conversation.configuration.searchList = [try name("a.org"), try name("b.org")]
    var queries = try conversation.look("www")
    var asked: [String] = []
    while conversation.result == nil {
      asked.append(queries[0].name)
      queries = try conversation.deny(queries[0], asked.count == 2 ? 0 : 3)
    }
    #expect(asked == ["www.a.org.", "www.b.org.", "www."])
    #expect(conversation.result == .failure(.noAddress))
  }

  @Test mutating func searchListComesLastForANameWithDots() throws {
    conversation.configuration.families = .v4
    conversation.configuration.searchList = [try name("a.org")]
    var queries = try conversation.look("www.x")
    #expect(queries[0].name == "www.x.")
    queries = try conversation.deny(queries[0], 3)
    #expect(queries[0].name == "www.x.a.org.")
    queries = try conversation.look("www.y.")
    queries = try conversation.deny(queries[0], 3)
    #expect(queries.isEmpty && conversation.result == .failure(.notFound))
  }

  @Test mutating func answersAreKeptForTheirTime() throws {
    let queries = try conversation.look("www.example.org")
    try conversation.answer(queries[0], [("www.example.org", .a(v4))])
    try conversation.deny(queries[1], 0)
    #expect(conversation.result == .success([.v4(v4)]))
    conversation.now = conversation.now.advanced(byNanoseconds: 10_000_000_000)
    let kept = try conversation.look("WWW.example.org")
    #expect(kept.isEmpty && conversation.result == .success([.v4(v4)]))
    conversation.now = conversation.now.advanced(byNanoseconds: 49_000_000_000)
    // The absence of the other version was to be kept for 20 seconds.
    #expect(try conversation.look("www.example.org").map(\.type) == [.aaaa])
    conversation.now = conversation.now.advanced(byNanoseconds: 2_000_000_000)
    #expect(try conversation.look("www.example.org").map(\.type) == [.a, .aaaa])
  }

  @Test mutating func cacheIsBounded() throws {
    conversation.cache = DNSCache(capacity: 8)
    conversation.configuration.families = .v4
    for number in 0..<50 {
      let queries = try conversation.look("n\(number).example.org")
      try conversation.answer(queries[0], [(queries[0].name, .a(v4))])
      #expect(conversation.result == .success([.v4(v4)]))
    }
    #expect(conversation.cache.count == 8)
  }
}

/// Servers that do not answer as they should.
struct DNSLookupServerTests {
  private var conversation = Conversation()

  init() { conversation.configuration.families = .v4 }

  @Test mutating func serversAreAskedInTurn() throws {
    var queries = try conversation.look("www.example.org")
    var servers: [SocketAddress] = []
    var ids: Set<UInt16> = []
    while let query = queries.first {
      servers.append(query.server)
      ids.insert(query.message.header.id)
      queries = try conversation.timeOut()
    }
    let turn = [Conversation.first, Conversation.second]
    #expect(servers == turn + turn + turn)
    #expect(ids.count == 6)
    #expect(conversation.result == .failure(.timedOut))
    #expect(conversation.now.nanoseconds == 12_000_000_001)
  }

  @Test mutating func serverThatFailsIsLeftAtOnce() throws {
    var queries = try conversation.look("www.example.org")
    queries = try conversation.answer(queries[0], []) { $0.header.responseCode = 2 }
    #expect(queries.map(\.server) == [Conversation.second])
    try conversation.answer(queries[0], [("www.example.org", .a(v4))])
    #expect(conversation.result == .success([.v4(v4)]))
  }

  @Test mutating func allServersFail() throws {
    var queries = try conversation.look("www.example.org")
    var count = 0
    while let query = queries.first {
      count += 1
      queries = try conversation.answer(query, []) { $0.header.responseCode = 5 }
    }
    #expect(count == 6 && conversation.result == .failure(.serverFailure))
    // A failure is not kept.
    #expect(try conversation.look("www.example.org").count == 1)
  }

  @Test mutating func serverThatOnlyKnowsOthersIsLeft() throws {
    let queries = try conversation.look("www.example.org")
    let next = try conversation.answer(queries[0], []) {
      $0.header.isRecursionAvailable = false
      $0.authorities = [DNSRecord(.root, timeToLive: 1, .ns(.root))]
    }
    #expect(next.map(\.server) == [Conversation.second])
  }

  /// Another id, another question, type, class, server, port, a query, another opcode, no question.
  @Test(arguments: 0..<9) mutating func answerIsNotForTheQuestion(change: Int) throws {
    let query = try #require(try conversation.look("www.example.org").first)
    let server: SocketAddress? =
      change == 4
      ? Conversation.second
      : change == 5 ? SocketAddress(Conversation.first.address, port: 54) : nil
    try conversation.answer(query, [("www.example.org", .a(v4))], from: server) {
      switch change {
      case 0: $0.header.id ^= 1
      case 1: $0.questions[0].name = try name("www.example.com")
      case 2: $0.questions[0].type = .aaaa
      case 3: $0.questions[0].questionClass = DNSClass(rawValue: 3)
      case 6: $0.header.isResponse = false
      case 7: $0.header.opcode = 4
      case 8: $0.questions = []
      default: break
      }
    }
    #expect(conversation.result == nil)
    try conversation.answer(query, [("www.example.org", .a(v4))])
    #expect(conversation.result == .success([.v4(v4)]))
  }

  @Test mutating func answerThatComesTooLate() throws {
    let first = try conversation.look("www.example.org")
    let second = try conversation.timeOut()
    try conversation.answer(first[0], [("www.example.org", .a(v4))])
    #expect(conversation.result == nil)
    try conversation.answer(second[0], [("www.example.org", .a(v4))])
    #expect(conversation.result == .success([.v4(v4)]))
  }

  @Test mutating func caseIsMixedAndHasToComeBack() throws {
    conversation.configuration.mixesCase = true
    let text = "the.quick.brown.fox.example.org"
    let query = try #require(try conversation.look(text).first)
    #expect(query.name != text + ".")
    #expect(query.message.questions[0].name == (try name(text)))
    try conversation.answer(query, [(text, .a(v4))]) { $0.questions[0].name = try name(text) }
    #expect(conversation.result == nil)
    try conversation.answer(query, [(text, .a(v4))])
    #expect(conversation.result == .success([.v4(v4)]))
  }

  @Test mutating func truncatedAnswerIsAskedForByTCP() throws {
    let query = try #require(try conversation.look("www.example.org").first)
    let next = try conversation.answer(query, [("www.example.org", .a(v4))]) {
      $0.header.isTruncated = true
    }
    #expect(next.map(\.server) == [Conversation.first])
    #expect(next.first?.transport == .tcp)
    try conversation.answer(query, [("www.example.org", .a(v4))])
    #expect(conversation.result == nil)
    try conversation.answer(next[0], [("www.example.org", .a(v4))])
    #expect(conversation.result == .success([.v4(v4)]))
  }

  @Test mutating func serverWithoutTCPIsLeft() throws {
    let query = try #require(try conversation.look("www.example.org").first)
    try conversation.answer(query, []) { $0.header.isTruncated = true }
    conversation.lookup?.failed(Conversation.second, over: .tcp)
    conversation.lookup?.failed(Conversation.first, over: .udp)
    #expect(try conversation.queries().isEmpty)
    conversation.lookup?.failed(Conversation.first, over: .tcp)
    let next = try conversation.queries()
    #expect(next.map(\.server) == [Conversation.second])
    #expect(next.first?.transport == .udp)
  }

  /// The next one is asked at once, and the search ends when all have refused.
  @Test mutating func serverThatRefusesDatagramsIsLeft() throws {
    var queries = try conversation.look("www.example.org")
    let began = conversation.now
    for turn in 0..<2 * conversation.configuration.attempts {
      let server = turn % 2 == 0 ? Conversation.first : Conversation.second
      #expect(queries.map(\.server) == [server])
      conversation.lookup?.failed(server, over: .udp)
      queries = try conversation.queries()
    }
    #expect(queries.isEmpty)
    #expect(conversation.result == .failure(.timedOut))
    #expect(conversation.now == began)
  }

  @Test(arguments: [1, 4] as [UInt8]) mutating func serverWithoutEDNS(code: UInt8) throws {
    let query = try #require(try conversation.look("www.example.org").first)
    #expect(query.message.edns?.udpPayloadSize == 1232)
    let next = try conversation.answer(query, []) {
      $0.header.responseCode = code
      $0.questions = []
      $0.edns = nil
    }
    #expect(next.map(\.server) == [Conversation.first])
    #expect(next.first?.message.edns == nil)
    let after = try conversation.answer(next[0], []) { $0.header.responseCode = code }
    #expect(after.map(\.server) == [Conversation.second])
  }

  @Test mutating func addressDoesNotWaitLongForTheOther() throws {
    conversation.configuration.families = .both
    let queries = try conversation.look("www.example.org")
    try conversation.answer(queries[1], [("www.example.org", .aaaa(v6))])
    let next = try conversation.timeOut()
    #expect(next.isEmpty && conversation.result == .success([.v6(v6)]))
  }

  /// Whatever servers say, the lookup ends.
  @Test(arguments: 0..<10) mutating func randomServers(seed: Int) throws {
    var numbers = SeededNumbers(seed: UInt64(seed))
    conversation.configuration.families = .both
    for round in 0..<30 {
      var queries = try conversation.look("n\(round).example.org")
      var steps = 0
      while conversation.result == nil {
        steps += 1
        try #require(steps < 500)
        guard let query = queries.randomElement(using: &numbers),
          Int.random(in: 0..<4, using: &numbers) != 0
        else {
          queries = try conversation.timeOut()
          continue
        }
        var message = query.message
        message.header.isResponse = true
        message.header.isTruncated = Int.random(in: 0..<5, using: &numbers) == 0
        message.header.responseCode = UInt8.random(in: 0...5, using: &numbers)
        message.answers = [
          DNSRecord(
            message.questions[0].name, timeToLive: 9,
            .cname(try name("m\(Int.random(in: 0...3, using: &numbers)).example.org")))
        ]
        let bytes = numbers.damage(message.encoded())
        conversation.lookup?.receive(
          bytes.span, from: query.server, over: query.transport, at: conversation.now,
          &conversation.cache)
        queries += try conversation.queries()
      }
    }
  }
}
