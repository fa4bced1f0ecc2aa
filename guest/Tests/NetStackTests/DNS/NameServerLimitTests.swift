// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import TestSupport
import Testing

/// Answers that do not fit, and queries that nobody means.
struct NameServerLimitTests {
  private func answer(
    _ server: NameServer, _ query: [UInt8], over transport: NameServer.Transport = .udp,
    capacity: Int = 65_535
  ) -> [UInt8] {
    [UInt8](capacity: capacity) { reply in
      server.answer(query.span, over: transport, into: &reply)
    }
  }

  private func query(_ text: String, _ type: DNSRecordType, size: UInt16? = nil) throws -> [UInt8] {
    var message = DNSMessage(header: DNSHeader(id: 1))
    message.questions = [DNSQuestion(try name(text), type)]
    message.edns = size.map { EDNS(udpPayloadSize: $0) }
    return message.encoded()
  }

  /// A zone with as many addresses of one name, and mail exchanges whose addresses are these.
  private func server(addresses: Int) throws -> NameServer {
    var text = "$ORIGIN example.org.\n$TTL 60\n@ SOA a a 1 2 3 4 5\n NS a\n MX 1 big\n"
    for number in 0..<addresses {
      text += "big A 10.1.\(number / 256).\(number % 256)\n"
    }
    return NameServer(try Zone(text))
  }

  @Test func answerIsTruncatedToItsLimit() throws {
    let server = try server(addresses: 60)
    func read(_ bytes: [UInt8]) throws -> DNSMessage {
      let message = DNSMessage(bytes.span)
      return try #require(message)
    }
    let plain = answer(server, try query("big.example.org", .a))
    #expect(plain.count <= 512)
    #expect(try read(plain).header.isTruncated)
    #expect(try read(plain).answers.isEmpty)
    let small = answer(server, try query("big.example.org", .a, size: 100))
    #expect(try read(small).header.isTruncated)
    let large = try read(answer(server, try query("big.example.org", .a, size: 1232)))
    #expect(!large.header.isTruncated && large.answers.count == 60)
    let stream = try read(answer(server, try query("big.example.org", .a), over: .tcp))
    #expect(!stream.header.isTruncated && stream.answers.count == 60)
    let short = answer(server, try query("big.example.org", .a), over: .tcp, capacity: 200)
    #expect(try read(short).header.isTruncated)
  }

  /// RFC 2181, section 9: what is additional may be missing without a word.
  @Test func additionalRecordsAreLeftOut() throws {
    let server = try server(addresses: 60)
    let bytes = answer(server, try query("example.org", .mx))
    let parsed = DNSMessage(bytes.span)
    let message = try #require(parsed)
    #expect(!message.header.isTruncated)
    #expect(message.answers.count == 1 && message.additional.isEmpty)
  }

  @Test func messageOfMoreThan64KiB() throws {
    var text = "$ORIGIN example.org.\n$TTL 60\n@ SOA a a 1 2 3 4 5\n NS a\n"
    for number in 100..<360 {
      text += "big TXT \(String(repeating: String(number), count: 80))\n"
    }
    let server = NameServer(try Zone(text))
    let bytes = answer(server, try query("big.example.org", .txt), over: .tcp)
    let parsed = DNSMessage(bytes.span)
    #expect(try #require(parsed).header.isTruncated)
  }

  @Test func noRoomIsNoAnswer() throws {
    let server = try server(addresses: 1)
    for capacity in 0..<60 {
      let count = answer(server, try query("big.example.org", .a, size: 512), capacity: capacity)
        .count
      #expect(count <= capacity)
    }
  }

  /// Every answer can be read, is within its limit, and is about the question.
  @Test(arguments: 0..<6) func damagedQueries(seed: Int) throws {
    let server = NameServer(try Zone(exampleZone))
    var numbers = SeededNumbers(seed: UInt64(seed))
    let names = [
      "www.example.org", "x.wild.example.org", "y.z.sub.example.org", "example.org",
      "nothing.example.org", "q.ali.example.org", "deep.er.tree.example.org",
    ]
    let types: [DNSRecordType] = [.a, .aaaa, .ns, .mx, .txt, .any, .soa, .cname]
    for round in 0..<4000 {
      let text = names.randomElement(using: &numbers) ?? ""
      let type = types.randomElement(using: &numbers) ?? .a
      var query = try query(text, type, size: Bool.random(using: &numbers) ? 1232 : nil)
      if round % 4 != 0 {
        query = numbers.damage(query)
      }
      let bytes = answer(server, query)
      guard !bytes.isEmpty else { continue }
      #expect(bytes.count <= 1232)
      if bytes.count == DNSHeader.size {
        #expect(bytes[3] & 15 == 1 || bytes[3] & 15 == 4)
        continue
      }
      let parsed = DNSMessage(bytes.span)
      let message = try #require(parsed, "\(query) -> \(bytes)")
      var name = try #require(message.questions.first).name
      for record in message.answers {
        #expect(record.name == name)
        if case .cname(let target) = record.data { name = target }
      }
      #expect(bytes.prefix(2) == query.prefix(2))
    }
  }

  /// The longest name that there is, answered by a wildcard.
  @Test func longestName() throws {
    let server = NameServer(try Zone(exampleZone))
    let label = String(repeating: "x", count: 63)
    let text = "\(label).\(label).\(label).\(String(repeating: "y", count: 44)).wild.example.org."
    #expect(try name(text).byteCount == DNSName.capacity)
    let many = String(repeating: "a.", count: 118) + "wild.example.org."
    for text in [text, many] {
      let bytes = answer(server, try query(text, .mx))
      let parsed = DNSMessage(bytes.span)
      let message = try #require(parsed)
      #expect(message.answers.first?.name == (try name(text)))
      #expect(message.additional.first?.name == (try name("mail.example.org")))
    }
  }
}
