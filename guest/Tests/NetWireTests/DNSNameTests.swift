// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

struct DNSNameTests {
  private func read(_ bytes: [UInt8], at start: Int = 0) -> (name: DNSName, end: Int)? {
    var offset = start
    return DNSName(bytes.span, at: &offset).map { ($0, offset) }
  }

  @Test(arguments: [
    "example.org.", ".", "a.", "*.example.org.", "_sip._tcp.example.org.", "x\\.y.org.",
    "sp\\032ace.", "nul\\000.", "\\255\\254.", "back\\\\slash.", "\\@.", "\\(\\).",
  ])
  func textIsReadAndWritten(text: String) throws {
    #expect(try name(text).description == text)
  }

  @Test func nameWithoutADotAtItsEndIsRelative() throws {
    let origin = try name("example.org.")
    #expect(DNSName("www", relativeTo: origin)?.description == "www.example.org.")
    #expect(DNSName("www.", relativeTo: origin)?.description == "www.")
    #expect(DNSName("www.a", relativeTo: .root)?.description == "www.a.")
  }

  @Test(arguments: [
    "", "..", ".a", "a..b", "a..", "\\", "a\\", "\\25", "\\256", "\\2x5", "a.\\9",
    String(repeating: "x", count: 64), String(repeating: "abcdefg.", count: 32),
  ])
  func textIsNoName(text: String) {
    #expect(DNSName(text) == nil)
  }

  @Test func longestNameAndLabel() throws {
    let label = String(repeating: "x", count: 63)
    let long = try name("\(label).\(label).\(label).\(String(repeating: "y", count: 61)).")
    #expect(long.byteCount == DNSName.capacity)
    #expect(long.labelCount == 4)
    #expect(DNSName("\(label).\(label).\(label).\(String(repeating: "y", count: 62)).") == nil)
    #expect(long.child([1]) == nil)
    #expect(long.appending(try name("z.")) == nil)
    #expect(long.appending(.root) == long)
  }

  @Test func caseIsKeptAndDoesNotCount() throws {
    let upper = try name("WWW.Example.ORG")
    let lower = try name("www.example.org")
    #expect(upper == lower)
    #expect(upper.hashValue == lower.hashValue)
    #expect(upper.description == "WWW.Example.ORG.")
    // Only letters have case: `@` and a backquote differ in the same bit.
    #expect(try name("\\@") != name("`"))
    #expect(try name("[") != name("{"))
  }

  @Test func within() throws {
    let zone = try name("example.org")
    #expect(zone.isWithin(zone))
    #expect(try name("a.b.EXAMPLE.org").isWithin(zone))
    #expect(zone.isWithin(.root))
    #expect(try !name("anexample.org").isWithin(zone))
    #expect(try !name("org").isWithin(zone))
    #expect(try !name("example.com").isWithin(zone))
    #expect(try name("*.example.org").isWildcard)
    #expect(try !name("a*.example.org").isWildcard)
    #expect(!DNSName.root.isWildcard)
    #expect(try name("www.example.org").parent == zone)
    #expect(DNSName.root.parent == nil)
  }

  @Test func pointerLeadsToTheRestOfAName() throws {
    let bytes: [UInt8] = [9, 1, 0x61, 0, 1, 0x62, 0xc0, 1, 0xc0, 4, 7]
    #expect(read(bytes, at: 1)?.name == (try name("a")))
    #expect(read(bytes, at: 4)?.name == (try name("b.a")))
    #expect(read(bytes, at: 4)?.end == 8)
    #expect(read(bytes, at: 8)?.name == (try name("b.a")))
    #expect(read(bytes, at: 8)?.end == 10)
  }

  /// To itself, forward, between each other, to the middle of what led there, past the end.
  @Test(
    arguments: [
      [0xc0, 0], [0xc0, 2, 0], [1, 0x61, 0xc0, 0], [0xc0], [0xff, 0xff], [2, 0x61], [1, 0x61], [],
      [0x40, 0], [0x80, 0], [1, 0x61, 0xc0, 2],
    ] as [[UInt8]])
  func nameHasNoEnd(bytes: [UInt8]) {
    #expect(read(bytes) == nil)
  }

  @Test func pointersAddUpToANameThatIsTooLong() {
    // 63 bytes each, every one with a pointer to the one before.
    var bytes: [UInt8] = [0]
    var starts = [0]
    for _ in 0..<5 {
      let target = starts.last ?? 0
      starts.append(bytes.count)
      bytes += [62] + [UInt8](repeating: 0x61, count: 62) + [0xc0, UInt8(target)]
      if bytes.count > 255 { break }
    }
    #expect(read(bytes, at: starts[3]) != nil)
    #expect(read(bytes, at: starts[4])?.name.byteCount == 253)
    bytes[starts[4]] = 62
    bytes = Array(bytes[..<starts[4]]) + [2, 0x61, 0x61] + bytes[starts[4]...]
    #expect(read(bytes, at: starts[4]) == nil)
  }

  @Test func wholeSpanIsAName() {
    #expect(parsed([1, 0x61, 0], as: DNSName.init) != nil)
    #expect(parsed([1, 0x61, 0, 0], as: DNSName.init) == nil)
    #expect(parsed([1, 0x61], as: DNSName.init) == nil)
  }
}
