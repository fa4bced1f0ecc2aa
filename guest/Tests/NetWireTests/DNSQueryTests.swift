// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import TestSupport
import Testing

struct DNSQueryTests {
  private func query(_ edit: (inout DNSMessage) -> Void = { _ in }) throws -> [UInt8] {
    var message = DNSMessage(header: DNSHeader(id: 77))
    message.questions = [DNSQuestion(try name("www.example.org"), .aaaa)]
    edit(&message)
    return message.encoded()
  }

  @Test func readsAQuestion() throws {
    let query = try #require(parsed(try query(), as: DNSQuery.init))
    #expect(query.header.id == 77)
    #expect(query.name == 12..<29)
    #expect(query.question == 12..<33)
    #expect(query.type == .aaaa)
    #expect(query.questionClass == .internet)
    #expect(query.edns == nil)
  }

  @Test func readsEDNSBehindAnotherRecord() throws {
    let bytes = try query {
      $0.edns = EDNS(udpPayloadSize: 4096)
      $0.additional = [DNSRecord(.root, timeToLive: 0, .other(.hinfo, [1, 2, 3]))]
    }
    #expect(parsed(bytes, as: DNSQuery.init)?.edns?.udpPayloadSize == 4096)
  }

  @Test func rejectsWhatIsNoQuery() throws {
    let record = DNSRecord(.root, timeToLive: 0, .a(hostAddress))
    let question = DNSQuestion(.root, .a)
    for bytes in [
      try query { $0.questions = [] }, try query { $0.questions.append(question) },
      try query { $0.answers = [record] }, try query { $0.authorities = [record] },
      try query { $0.additional = [DNSRecord(question.name, timeToLive: 0, .other(.opt, []))] }
        + [0, 0, 41, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
      var bytes = bytes
      if bytes.count > 44 { bytes[11] = 2 }
      #expect(parsed(bytes, as: DNSQuery.init) == nil)
    }
  }

  @Test func rejectsAPointerInTheQuestion() {
    let bytes: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]
    #expect(parsed(bytes, as: DNSQuery.init) == nil)
  }

  @Test func everyPrefixIsRejected() throws {
    let bytes = try query { $0.edns = EDNS(udpPayloadSize: 512) }
    for count in 0..<bytes.count {
      let read = parsed(Array(bytes.prefix(count)), as: DNSQuery.init) != nil
      #expect(!read, "\(count) bytes")
    }
  }

  @Test func rejectsANameThatIsTooLong() throws {
    let label = [63] + [UInt8](repeating: 0x61, count: 63)
    let header: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    let bytes = header + label + label + label + label + [0, 0, 1, 0, 1]
    #expect(parsed(bytes, as: DNSQuery.init) == nil)
  }

  @Test(arguments: 0..<4) func damagedQueriesDoNoHarm(seed: Int) throws {
    var numbers = SeededNumbers(seed: UInt64(seed))
    let bytes = try query { $0.edns = EDNS(udpPayloadSize: 512) }
    for _ in 0..<5000 {
      let damaged = numbers.damage(bytes)
      guard let query = parsed(damaged, as: DNSQuery.init) else { continue }
      #expect(query.question.upperBound <= damaged.count)
      let wire = Array(damaged[query.name])
      #expect(parsed(wire, as: DNSName.init) != nil)
    }
  }
}
