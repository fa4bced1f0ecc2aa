// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// Reads the records of a zone's text.
struct ZoneParser {
  private(set) var records: [(record: DNSRecord, line: Int)] = []
  private var origin: DNSName?
  private var owner: DNSName?
  private var defaultTime: UInt32?
  private var lastTime: UInt32?

  init(_ text: String, origin: DNSName?) throws(ZoneError) {
    self.origin = origin
    var text = ZoneText(text)
    while let entry = try text.next() {
      var fields = Fields(entry, origin: self.origin)
      if entry.words[0].bytes.first == UInt8(ascii: "$"), !entry.isIndented {
        try readDirective(&fields)
      } else {
        try readRecord(&fields)
      }
      try fields.end()
    }
  }

  private mutating func readDirective(_ fields: inout Fields) throws(ZoneError) {
    let word = try fields.next()
    if word.isWord("$ORIGIN") {
      origin = try fields.name()
    } else if word.isWord("$TTL") {
      defaultTime = try fields.seconds()
    } else {
      throw fields.error(.unknownDirective)
    }
  }

  private mutating func readRecord(_ fields: inout Fields) throws(ZoneError) {
    if !fields.entry.isIndented {
      owner = try fields.name()
    }
    guard let owner else { throw fields.error(.noOrigin) }
    var time: UInt32?
    var hasClass = false
    var word = try fields.next()
    // In either order.
    while true {
      if time == nil, word.startsWithDigit {
        guard let seconds = word.seconds() else { throw fields.error(.badNumber) }
        time = seconds
      } else if !hasClass, word.isWord("IN") {
        hasClass = true
      } else {
        break
      }
      word = try fields.next()
    }
    let data = try fields.data(of: word)
    guard let timeToLive = time ?? defaultTime ?? lastTime else {
      throw fields.error(.noTimeToLive)
    }
    lastTime = timeToLive
    records.append((DNSRecord(owner, timeToLive: timeToLive, data), fields.entry.line))
  }
}

extension DNSName {
  /// Whether the first label is `label`.
  fileprivate func startsWith(_ label: [UInt8]) -> Bool {
    wire.first == UInt8(label.count) && wire.dropFirst().starts(with: label)
  }
}

/// The words of an entry, one after the other.
private struct Fields {
  let entry: ZoneText.Entry
  private let origin: DNSName?
  private var index = 0

  init(_ entry: ZoneText.Entry, origin: DNSName?) {
    self.entry = entry
    self.origin = origin
  }

  func error(_ reason: ZoneError.Reason) -> ZoneError {
    ZoneError(line: entry.line, reason: reason)
  }

  mutating func next() throws(ZoneError) -> ZoneText.Word {
    guard index < entry.words.count else { throw error(.missingField) }
    index += 1
    return entry.words[index - 1]
  }

  func end() throws(ZoneError) {
    guard index == entry.words.count else { throw error(.extraField) }
  }

  mutating func name() throws(ZoneError) -> DNSName {
    let word = try next()
    if word.isWord("@") {
      guard let origin else { throw error(.noOrigin) }
      return origin
    }
    guard !word.isQuoted, let name = DNSName(utf8: word.bytes, relativeTo: origin ?? .root) else {
      throw error(.badName)
    }
    guard origin != nil || word.bytes.last == UInt8(ascii: ".") else { throw error(.noOrigin) }
    // It stands for any label where answers are prepared.
    guard !name.startsWith(PreparedAnswers.placeholder) else { throw error(.badName) }
    return name
  }

  mutating func seconds() throws(ZoneError) -> UInt32 {
    guard let seconds = try next().seconds() else { throw error(.badNumber) }
    return seconds
  }

  private mutating func number(upTo limit: UInt64) throws(ZoneError) -> UInt64 {
    guard let number = try next().number(upTo: limit) else { throw error(.badNumber) }
    return number
  }

  private mutating func number16() throws(ZoneError) -> UInt16 {
    UInt16(try number(upTo: UInt64(UInt16.max)))
  }

  mutating func data(of type: ZoneText.Word) throws(ZoneError) -> DNSRecordData {
    if type.isWord("A") {
      let text = try next().bytes
      guard let address = IPv4Address(utf8: text.span) else { throw error(.badAddress) }
      return .a(address)
    } else if type.isWord("AAAA") {
      let text = try next().bytes
      guard let address = IPv6Address(utf8: text.span) else { throw error(.badAddress) }
      return .aaaa(address)
    } else if type.isWord("NS") {
      return .ns(try name())
    } else if type.isWord("CNAME") {
      return .cname(try name())
    } else if type.isWord("PTR") {
      return .ptr(try name())
    } else if type.isWord("MX") {
      return .mx(preference: try number16(), exchange: try name())
    } else if type.isWord("SRV") {
      return .srv(
        DNSService(
          priority: try number16(), weight: try number16(), port: try number16(),
          target: try name()))
    } else if type.isWord("SOA") {
      return .soa(
        DNSStartOfAuthority(
          primary: try name(), mailbox: try name(),
          serial: UInt32(try number(upTo: UInt64(UInt32.max))), refresh: try seconds(),
          retry: try seconds(), expire: try seconds(), minimum: try seconds()))
    } else if type.isWord("TXT") {
      return .txt(try strings())
    }
    throw error(type.isWord("CH") || type.isWord("HS") ? .unknownClass : .unknownType)
  }

  private mutating func strings() throws(ZoneError) -> [[UInt8]] {
    var strings: [[UInt8]] = []
    repeat {
      guard let string = try next().string() else { throw error(.badString) }
      strings.append(string)
    } while index < entry.words.count
    return strings
  }
}
