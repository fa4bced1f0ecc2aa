// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import NetWire
import TestSupport
import Testing

struct ZoneTests {
  private static let start = """
    $ORIGIN example.org.
    $TTL 60
    @ SOA ns1 admin 1 2 3 4 5
    @ NS ns1

    """

  @Test func readsAZone() throws {
    let zone = try Zone(exampleZone)
    #expect(zone.origin == (try name("example.org")))
    #expect(zone.soa.mailbox.description == "admin\\.dns.example.org.")
    #expect(zone.soa.serial == 2_026_010_100)
    #expect(zone.soa.refresh == 7200)
    #expect(zone.soa.retry == 1800)
    #expect(zone.soa.expire == 1_209_600)
    #expect(zone.soa.minimum == 300)
  }

  @Test func originMayComeFromOutside() throws {
    let zone = try Zone("@ 5 IN SOA a b 1 2 3 4 5\n NS a", origin: try name("example.net"))
    #expect(zone.origin == (try name("example.net")))
    #expect(zone.soa.primary == (try name("a.example.net")))
  }

  @Test func classAndTimeComeInEitherOrder() throws {
    for fields in ["5 IN", "IN 5", "in 5s", ""] {
      _ = try Zone(Self.start + "a \(fields) A 1.2.3.4")
    }
  }

  @Test(
    arguments: [
      ("( a", .unbalancedParenthesis), ("a ) A 1.2.3.4", .unbalancedParenthesis),
      ("a TXT \"x", .unterminatedString), ("$INCLUDE x", .unknownDirective),
      ("a..b A 1.2.3.4", .badName), ("a NS \"b\"", .badName), ("\\000 A 1.2.3.4", .badName),
      ("a MX 65536 b", .badNumber), ("a MX x b", .badNumber),
      ("a 2147483648 A 1.2.3.4", .badNumber),
      ("a 5x A 1.2.3.4", .badNumber), ("a 1h2 A 1.2.3.4", .badNumber),
      ("a A 1.2.3", .badAddress), ("a A ::1", .badAddress), ("a AAAA 1.2.3.4", .badAddress),
      ("a TXT \\2", .badString), ("a TXT \(String(repeating: "x", count: 256))", .badString),
      ("a HINFO a b", .unknownType), ("a \"A\" 1.2.3.4", .unknownType),
      ("a CH A 1.2.3.4", .unknownClass), ("a A", .missingField), ("a", .missingField),
      ("a TXT", .missingField), ("a MX 1", .missingField), ("$TTL", .missingField),
      ("a A 1.2.3.4 5", .extraField), ("$TTL 5 6", .extraField),
      ("a.example.com. A 1.2.3.4", .outOfZone),
      ("@ SOA ns1 admin 1 2 3 4 5", .secondStartOfAuthority),
      ("@ CNAME b", .aliasWithOtherRecords),
      ("@ 61 NS b", .differentTimesToLive),
    ] as [(String, ZoneError.Reason)])
  func errorsHaveALine(line: String, reason: ZoneError.Reason) throws {
    let error = #expect(throws: ZoneError.self) { try Zone(Self.start + line) }
    #expect(error?.line == 5 && error?.reason == reason)
    #expect(error?.description.hasPrefix("line 5: ") == true)
  }

  @Test(
    arguments: [
      ("", 0, .noStartOfAuthority), ("; nothing\n\n", 0, .noStartOfAuthority),
      ("a. 5 A 1.2.3.4", 0, .noStartOfAuthority),
      ("a. 5 SOA a. a. 1 2 3 4 5", 0, .noNameServer),
      ("a 5 A 1.2.3.4", 1, .noOrigin), ("@ 5 A 1.2.3.4", 1, .noOrigin),
      ("\n 5 A 1.2.3.4", 2, .noOrigin), ("a. A 1.2.3.4", 1, .noTimeToLive),
      ("a. ( 5\n A\n)", 1, .missingField),
    ] as [(String, Int, ZoneError.Reason)])
  func errorsOfTheWhole(text: String, line: Int, reason: ZoneError.Reason) {
    let error = #expect(throws: ZoneError.self) { try Zone(text) }
    #expect(error?.line == line && error?.reason == reason)
  }

  @Test func recordThatStandsTwiceIsOne() throws {
    _ = try Zone(Self.start + "a CNAME b\na CNAME b")
  }

  @Test(arguments: 0..<4) func damagedTextDoesNoHarm(seed: Int) {
    var numbers = SeededNumbers(seed: UInt64(seed))
    let bytes = Array(exampleZone.utf8)
    for _ in 0..<300 {
      let text = String(decoding: numbers.damage(bytes), as: UTF8.self)
      _ = try? Zone(text)
    }
  }
}
