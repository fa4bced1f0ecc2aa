// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import TestSupport
import Testing

struct DNSMessageTests {
  /// A message with a record of every kind.
  static func message() throws -> DNSMessage {
    let zone = try name("example.org")
    let host = try name("ns1.example.org")
    var header = DNSHeader(id: 0x1234)
    header.isResponse = true
    header.isAuthoritative = true
    header.isRecursionDesired = true
    header.responseCode = 3
    var message = DNSMessage(header: header)
    message.questions = [DNSQuestion(try name("www.Example.org"), .a)]
    message.answers = [
      DNSRecord(try name("www.example.org"), timeToLive: 300, .cname(host)),
      DNSRecord(host, timeToLive: 1, .a(hostAddress)),
      DNSRecord(host, timeToLive: 2, .aaaa(IPv6Address(high: 1 << 60, low: 9))),
      DNSRecord(zone, timeToLive: 3, .mx(preference: 10, exchange: try name("mail.example.org"))),
      DNSRecord(zone, timeToLive: 4, .txt([[], [1, 2, 3], [UInt8](repeating: 7, count: 255)])),
      DNSRecord(zone, timeToLive: 5, .other(DNSRecordType(rawValue: 4711), [1, 2])),
      DNSRecord(zone, timeToLive: 5, .other(.hinfo, [])),
    ]
    message.authorities = [
      DNSRecord(zone, timeToLive: 3600, .ns(host)),
      DNSRecord(
        zone, timeToLive: 7,
        .soa(
          DNSStartOfAuthority(
            primary: host, mailbox: try name("admin.example.org"), serial: 1, refresh: 2, retry: 3,
            expire: 4, minimum: 5))),
    ]
    message.additional = [
      DNSRecord(
        try name("_http._tcp.example.org"), timeToLive: 8,
        .srv(DNSService(priority: 1, weight: 2, port: 80, target: host))),
      DNSRecord(try name("2.0.0.10.in-addr.arpa"), timeToLive: 9, .ptr(host)),
    ]
    message.edns = EDNS(udpPayloadSize: 1232)
    return message
  }

  @Test func readsWhatItWrites() throws {
    let message = try Self.message()
    var read = try #require(parsed(message.encoded(), as: DNSMessage.init))
    #expect(read.header.answerCount == 7)
    #expect(read.header.additionalCount == 3)
    #expect(read.questions.first?.name.description == "www.Example.org.")
    #expect(read.responseCode == .nameError)
    read.header = message.header
    #expect(read == message)
  }

  @Test func namesAreCompressedOnlyWhereTheyMayBe() throws {
    let target = try name("example.org")
    var message = DNSMessage(header: DNSHeader(id: 1))
    message.questions = [DNSQuestion(target, .srv)]
    message.answers = [
      DNSRecord(
        target, timeToLive: 0, .srv(DNSService(priority: 0, weight: 0, port: 1, target: target))),
      DNSRecord(target, timeToLive: 0, .ns(target)),
    ]
    // Header, question, record with a whole name, record with a pointer.
    #expect(message.encoded().count == 12 + 17 + (2 + 10 + 6 + 13) + (2 + 10 + 2))
  }

  @Test func readsACapturedResponse() throws {
    // The answer to `www.isc.org. A` with an alias, from a recursive server.
    let bytes: [UInt8] =
      [0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]
      + [3, 0x77, 0x77, 0x77, 3, 0x69, 0x73, 0x63, 3, 0x6f, 0x72, 0x67, 0, 0, 1, 0, 1]
      + [0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 0x2c, 0, 4, 1, 0x78, 0xc0, 16]
      + [0xc0, 41, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 149, 20, 1, 66]
    let message = try #require(parsed(bytes, as: DNSMessage.init))
    #expect(message.header.id == 0xabcd)
    #expect(message.header.isResponse && message.header.isRecursionAvailable)
    #expect(message.answers.first?.data == .cname(try name("x.isc.org")))
    #expect(message.answers.last?.name == (try name("x.isc.org")))
    #expect(message.answers.last?.data == .a(IPv4Address(rawValue: 0x9514_0142)))
    #expect(message.answers.last?.lifetimeSeconds == 60)
  }

  @Test func everyPrefixIsRejected() throws {
    let bytes = try Self.message().encoded()
    for count in 0..<bytes.count {
      let read = parsed(Array(bytes.prefix(count)), as: DNSMessage.init)
      #expect(read == nil, "\(count) bytes")
    }
  }

  /// An address of three bytes, a name that goes on behind its record, one that ends before it, text
  /// without a string, an OPT record with a name.
  @Test(
    arguments: [
      [1, 0x61, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3],
      [1, 0x61, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0x61, 0],
      [1, 0x61, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0],
      [1, 0x61, 0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0],
      [1, 0x61, 0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 2, 1],
      [1, 0x61, 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0],
    ] as [[UInt8]])
  func malformedRecord(record: [UInt8]) {
    let header: [UInt8] = [0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    #expect(parsed(header + record, as: DNSMessage.init) == nil)
  }

  @Test func secondOPTRecordIsRejected() {
    let header: [UInt8] = [0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    let record: [UInt8] = [0, 0, 41, 4, 0, 0, 0, 0x80, 0, 0, 0]
    #expect(parsed(header + record + record, as: DNSMessage.init) == nil)
    let one = parsed(Array(header.dropLast()) + [1] + record, as: DNSMessage.init)
    #expect(one?.edns?.udpPayloadSize == 1024)
    #expect(one?.edns?.wantsDNSSEC == true)
  }

  @Test func lifetimeThatWouldBeNegativeIsNone() {
    let record = DNSRecord(.root, timeToLive: 0x8000_0000, .a(hostAddress))
    #expect(record.lifetimeSeconds == 0)
  }

  /// Whatever is read can be written, and reads the same again.
  @Test(arguments: 0..<8) func damagedMessagesDoNoHarm(seed: Int) throws {
    var numbers = SeededNumbers(seed: UInt64(seed))
    let bytes = try Self.message().encoded()
    for _ in 0..<2000 {
      let damaged = numbers.damage(bytes)
      guard var message = parsed(damaged, as: DNSMessage.init) else { continue }
      let again = message.encoded()
      guard again.count <= 0xffff else { continue }
      let second = try #require(parsed(again, as: DNSMessage.init))
      message.header = second.header
      #expect(second == message)
    }
  }

  @Test(arguments: 0..<4) func randomBytesDoNoHarm(seed: Int) {
    var numbers = SeededNumbers(seed: UInt64(seed))
    for _ in 0..<5000 {
      var bytes = (0..<Int.random(in: 0...80, using: &numbers)).map { _ in
        UInt8.random(in: 0...255, using: &numbers)
      }
      // Few enough records that some of them are read.
      for index in 4..<12 where index < bytes.count {
        bytes[index] = index % 2 == 0 ? 0 : bytes[index] % 3
      }
      _ = parsed(bytes, as: DNSMessage.init)
      _ = parsed(bytes, as: DNSQuery.init)
    }
  }
}
