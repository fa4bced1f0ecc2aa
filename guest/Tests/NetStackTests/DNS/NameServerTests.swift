// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import Testing

struct NameServerTests {
  private let server: NameServer

  init() throws { server = NameServer(try Zone(exampleZone)) }

  private func query(
    _ text: String, _ type: DNSRecordType, _ edit: (inout DNSMessage) -> Void = { _ in }
  ) throws -> [UInt8] {
    var header = DNSHeader(id: 0xbeef)
    header.isRecursionDesired = true
    var message = DNSMessage(header: header)
    message.questions = [DNSQuestion(try name(text), type)]
    edit(&message)
    return message.encoded()
  }

  private func raw(
    _ query: [UInt8], over transport: NameServer.Transport = .udp, capacity: Int = 65_535
  ) -> [UInt8] {
    [UInt8](capacity: capacity) { reply in
      server.answer(query.span, over: transport, into: &reply)
    }
  }

  private func read(_ bytes: [UInt8]) throws -> DNSMessage {
    let message = DNSMessage(bytes.span)
    return try #require(message)
  }

  private func ask(
    _ text: String, _ type: DNSRecordType, over transport: NameServer.Transport = .udp,
    _ edit: (inout DNSMessage) -> Void = { _ in }
  ) throws -> DNSMessage {
    let answer = try read(raw(try query(text, type, edit), over: transport))
    #expect(answer.header.isResponse && answer.header.id == 0xbeef)
    #expect(answer.header.isRecursionDesired && !answer.header.isRecursionAvailable)
    return answer
  }

  private func addresses(_ records: [DNSRecord]) -> [String] {
    records.map { record in
      switch record.data {
      case .a(let address): "\(record.name) \(address)"
      case .aaaa(let address): "\(record.name) \(address)"
      case .cname(let name): "\(record.name) > \(name)"
      case .ns(let name): "\(record.name) NS \(name)"
      default: "\(record.name) \(record.type)"
      }
    }
  }

  @Test func answersWithAuthority() throws {
    let answer = try ask("web.example.org", .a)
    #expect(answer.header.isAuthoritative)
    #expect(answer.responseCode == .noError)
    #expect(
      addresses(answer.answers) == ["web.example.org. 10.0.0.3", "web.example.org. 10.0.0.4"])
    #expect(answer.answers.first?.timeToLive == 3600)
    #expect(answer.authorities.isEmpty && answer.additional.isEmpty && answer.edns == nil)
  }

  @Test func questionIsRepeatedInItsCase() throws {
    let answer = try ask("WeB.exAMPLE.org", .a)
    #expect(answer.questions.first?.name.description == "WeB.exAMPLE.org.")
    #expect(answer.answers.first?.name.description == "WeB.exAMPLE.org.")
  }

  @Test func recordsOfTheOrigin() throws {
    let servers = try ask("example.org", .ns)
    #expect(servers.answers.count == 2)
    #expect(
      addresses(servers.additional) == [
        "ns1.example.org. 10.0.0.1", "ns1.example.org. 2001:db8::1",
      ]
    )
    let mail = try ask("example.org", .mx)
    #expect(mail.answers.first?.data == .mx(preference: 10, exchange: try name("mail.example.org")))
    #expect(addresses(mail.additional) == ["mail.example.org. 10.0.0.2"])
    #expect(mail.additional.first?.timeToLive == 300)
    let soa = try ask("example.org", .soa)
    #expect(soa.answers.first?.timeToLive == 3600)
    #expect(soa.answers.first?.type == .soa)
  }

  @Test func otherTypes() throws {
    let text = try ask("deep.er.tree.example.org", .txt).answers.first
    #expect(text?.data == .txt(["a", "b c", "d e", "\"q\""].map { Array($0.utf8) }))
    let service = try ask("_http._tcp.example.org", .srv)
    #expect(
      service.answers.first?.data
        == .srv(DNSService(priority: 1, weight: 2, port: 80, target: try name("web.example.org"))))
    #expect(service.additional.count == 2)
    #expect(try ask("4.example.org", .ptr).answers.first?.data == .ptr(try name("web.example.org")))
  }

  /// RFC 2308, section 2.1.
  @Test(arguments: [
    "no.example.org", "a.b.c.no.example.org", "x.web.example.org", "wild2.example.org",
  ])
  func nameThatIsNot(text: String) throws {
    let answer = try ask(text, .a)
    #expect(answer.responseCode == .nameError)
    #expect(answer.header.isAuthoritative)
    #expect(answer.answers.isEmpty)
    let soa = try #require(answer.authorities.first)
    #expect(soa.name == (try name("example.org")))
    #expect(soa.timeToLive == 300)
    guard case .soa(let start) = soa.data else { throw NotAName(text: "\(soa)") }
    #expect(start == (try Zone(exampleZone)).soa)
  }

  /// RFC 2308, section 2.2; RFC 4592, section 2.2.2 for the names between.
  @Test(arguments: [
    "web.example.org", "tree.example.org", "er.tree.example.org", "wild.example.org",
  ])
  func typeThatIsNot(text: String) throws {
    let answer = try ask(text, .aaaa)
    #expect(answer.responseCode == .noError)
    #expect(answer.answers.isEmpty)
    #expect(answer.authorities.map(\.type) == [.soa])
  }

  @Test func aliasIsFollowedInsideTheZone() throws {
    let answer = try ask("alias.example.org", .a)
    #expect(
      addresses(answer.answers) == [
        "alias.example.org. > www.example.org.", "www.example.org. > web.example.org.",
        "web.example.org. 10.0.0.3", "web.example.org. 10.0.0.4",
      ])
    let alias = try ask("alias.example.org", .cname)
    #expect(addresses(alias.answers) == ["alias.example.org. > www.example.org."])
    let none = try ask("alias.example.org", .aaaa)
    #expect(none.answers.count == 2 && none.authorities.map(\.type) == [.soa])
    let outside = try ask("out.example.org", .a)
    #expect(addresses(outside.answers) == ["out.example.org. > www.example.com."])
    #expect(outside.responseCode == .noError && outside.authorities.isEmpty)
  }

  /// RFC 6604, section 2.1.
  @Test func aliasOfANameThatIsNot() throws {
    let answer = try ask("dead.example.org", .a)
    #expect(answer.responseCode == .nameError)
    #expect(answer.answers.count == 1 && answer.authorities.map(\.type) == [.soa])
  }

  @Test func aliasesInACircleEnd() throws {
    let answer = try ask("loop.example.org", .a)
    #expect(answer.responseCode == .noError)
    #expect((2...8).contains(answer.answers.count))
  }

  @Test(arguments: [
    "sub.example.org", "x.sub.example.org", "a.b.sub.example.org", "ns.sub.example.org",
  ])
  func delegation(text: String) throws {
    let answer = try ask(text, .a)
    #expect(!answer.header.isAuthoritative)
    #expect(answer.responseCode == .noError)
    #expect(answer.answers.isEmpty)
    #expect(
      addresses(answer.authorities) == [
        "sub.example.org. NS ns.sub.example.org.", "sub.example.org. NS ns2.example.net.",
      ])
    #expect(addresses(answer.additional) == ["ns.sub.example.org. 10.0.0.6"])
  }

  @Test func delegationSigner() throws {
    let answer = try ask("sub.example.org", .ds)
    #expect(answer.header.isAuthoritative)
    #expect(answer.authorities.map(\.type) == [.soa])
  }

  @Test func aliasIntoADelegation() throws {
    let answer = try ask("down.example.org", .a)
    #expect(answer.header.isAuthoritative)
    #expect(answer.answers.count == 1)
    #expect(answer.authorities.map(\.type) == [.ns, .ns])
  }

  /// RFC 4592, section 3.3.
  @Test(arguments: ["a.wild.example.org", "x.y.z.wild.example.org", "*.wild.example.org"])
  func wildcard(text: String) throws {
    let answer = try ask(text, .txt)
    #expect(answer.header.isAuthoritative)
    #expect(
      answer.answers == [
        DNSRecord(try name(text), timeToLive: 3600, .txt([Array("anything".utf8)]))
      ])
    let mail = try ask(text, .mx)
    #expect(mail.answers.first?.name == (try name(text)))
    #expect(mail.answers.first?.data == .mx(preference: 5, exchange: try name("mail.example.org")))
    #expect(addresses(mail.additional) == ["mail.example.org. 10.0.0.2"])
    let none = try ask(text, .a)
    #expect(none.responseCode == .noError && none.answers.isEmpty)
    #expect(none.authorities.first?.name == (try name("example.org")))
  }

  @Test func wildcardDoesNotStandForWhatIsThere() throws {
    #expect(try ask("www.wild.example.org", .txt).answers.isEmpty)
    #expect(try ask("www.wild.example.org", .a).answers.count == 1)
    #expect(try ask("x.www.wild.example.org", .txt).responseCode == .nameError)
    #expect(try ask("x.*.wild.example.org", .txt).responseCode == .nameError)
  }

  @Test func wildcardAlias() throws {
    let answer = try ask("some.thing.ali.example.org", .a)
    #expect(
      addresses(answer.answers) == [
        "some.thing.ali.example.org. > web.example.org.", "web.example.org. 10.0.0.3",
        "web.example.org. 10.0.0.4",
      ])
  }

  /// RFC 8482, section 4.2.
  @Test func anyIsAnsweredShortly() throws {
    #expect(try ask("example.org", .any).answers.map(\.type) == [.hinfo])
    #expect(try ask("q.wild.example.org", .any).answers.map(\.type) == [.hinfo])
    #expect(try ask("no.example.org", .any).responseCode == .nameError)
  }

  @Test func refuses() throws {
    for text in ["example.com", "org", ".", "anexample.org"] {
      let answer = try ask(text, .a)
      #expect(answer.responseCode == .refused)
      #expect(!answer.header.isAuthoritative && answer.questions.count == 1)
    }
    let transfer = DNSRecordType(rawValue: 252)
    #expect(try ask("example.org", transfer).responseCode == .refused)
    let chaos = try ask("example.org", .txt) {
      $0.questions[0].questionClass = DNSClass(rawValue: 3)
    }
    #expect(chaos.responseCode == .refused)
  }

  @Test func notImplemented() throws {
    let answer = try ask("example.org", .a) { $0.header.opcode = 4 }
    #expect(answer.responseCode == .notImplemented)
    #expect(answer.header.opcode == 4)
  }

  @Test func malformedQueries() throws {
    let response = raw(try query("example.org", .a) { $0.header.isResponse = true })
    #expect(response.isEmpty)
    #expect(raw([1, 2, 3]).isEmpty)
    let two = try ask("example.org", .a) { $0.questions.append($0.questions[0]) }
    #expect(two.responseCode == .formatError)
    let cut = Array(try query("example.org", .a).dropLast(3))
    #expect(try read(Array(raw(cut).prefix(12))).responseCode == .formatError)
  }

  @Test func edns() throws {
    let answer = try ask("web.example.org", .a) { $0.edns = EDNS(udpPayloadSize: 4096) }
    #expect(answer.edns?.udpPayloadSize == 1232)
    #expect(answer.answers.count == 2)
    let version = try ask("web.example.org", .a) {
      $0.edns = EDNS(udpPayloadSize: 4096)
      $0.edns?.version = 1
    }
    #expect(version.responseCode == .badVersion)
    #expect(version.edns?.version == 0)
  }
}
