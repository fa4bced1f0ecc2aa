// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// The entries of a zone's text (RFC 1035, section 5.1): lines, which parentheses continue, of words,
/// without comments.
struct ZoneText {
  /// A word, with the escapes that it has.
  struct Word {
    let bytes: ArraySlice<UInt8>
    let isQuoted: Bool
  }

  /// An entry that is not empty.
  struct Entry {
    /// The line that it begins in.
    let line: Int
    /// Whether it begins with a space, which stands for the name of the entry before.
    let isIndented: Bool
    let words: [Word]
  }

  private let bytes: [UInt8]
  private var position = 0
  private(set) var line = 1

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// The next entry; nil at the end.
  mutating func next() throws(ZoneError) -> Entry? {
    while position < bytes.count {
      let start = line
      let isIndented = bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t")
      let words = try words()
      if !words.isEmpty {
        return Entry(line: start, isIndented: isIndented, words: words)
      }
    }
    return nil
  }

  /// The words up to the end of the entry.
  private mutating func words() throws(ZoneError) -> [Word] {
    var words: [Word] = []
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\n"):
        position += 1
        line += 1
        if depth == 0 {
          return words
        }
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: ";"): position = index { $0 == UInt8(ascii: "\n") }
      case UInt8(ascii: "("):
        depth += 1
        position += 1
      case UInt8(ascii: ")"):
        guard depth > 0 else { throw ZoneError(line: line, reason: .unbalancedParenthesis) }
        depth -= 1
        position += 1
      case UInt8(ascii: "\""): words.append(try quoted())
      default:
        let end = index { Self.endsWord($0) }
        words.append(Word(bytes: bytes[position..<end], isQuoted: false))
        position = end
      }
    }
    guard depth == 0 else { throw ZoneError(line: line, reason: .unbalancedParenthesis) }
    return words
  }

  private mutating func quoted() throws(ZoneError) -> Word {
    position += 1
    let end = index { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else {
      throw ZoneError(line: line, reason: .unterminatedString)
    }
    defer { position = end + 1 }
    return Word(bytes: bytes[position..<end], isQuoted: true)
  }

  /// Where the first byte stands for which `ends` is true and that is not escaped, or the end.
  private func index(_ ends: (UInt8) -> Bool) -> Int {
    var index = position
    while index < bytes.count, !ends(bytes[index]) {
      let isEscape = bytes[index] == UInt8(ascii: "\\") && index + 1 < bytes.count
      // A line ends in any case.
      index += isEscape && bytes[index + 1] != UInt8(ascii: "\n") ? 2 : 1
    }
    return index
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"),
      UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""):
      true
    default: false
    }
  }
}

extension ZoneText.Word {
  /// Whether the word is `text` but for case.
  func isWord(_ text: StaticString) -> Bool {
    guard !isQuoted, bytes.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { other in
      unsafe zip(bytes, other).allSatisfy { DNSName.lowercase($0) == DNSName.lowercase($1) }
    }
  }

  var startsWithDigit: Bool {
    guard let first = bytes.first else { return false }
    return !isQuoted && UInt8(ascii: "0")...UInt8(ascii: "9") ~= first
  }

  /// A decimal number of at most `limit`.
  func number(upTo limit: UInt64 = UInt64(UInt32.max)) -> UInt64? {
    guard startsWithDigit, bytes.count <= 10 else { return nil }
    var value: UInt64 = 0
    for byte in bytes {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
    }
    return value <= limit ? value : nil
  }

  /// A time in seconds, or of numbers that have units behind them, such as `1h30m`. It is at most
  /// 2^31 - 1 (RFC 2181, section 8).
  func seconds() -> UInt32? {
    let limit = UInt64(Int32.max)
    if let number = number(upTo: limit) {
      return UInt32(number)
    }
    guard startsWithDigit else { return nil }
    var sum: UInt64 = 0
    var value: UInt64?
    for byte in bytes {
      let unit: UInt64
      switch byte | 0x20 {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        value = (value ?? 0) * 10 + UInt64(byte & 15)
        guard value ?? 0 <= limit else { return nil }
        continue
      case UInt8(ascii: "s"): unit = 1
      case UInt8(ascii: "m"): unit = 60
      case UInt8(ascii: "h"): unit = 3600
      case UInt8(ascii: "d"): unit = 86_400
      case UInt8(ascii: "w"): unit = 604_800
      default: return nil
      }
      guard let number = value else { return nil }
      sum += number * unit
      value = nil
      guard sum <= limit else { return nil }
    }
    return value == nil ? UInt32(sum) : nil
  }

  /// The text of a string of at most 255 bytes, without escapes.
  func string() -> [UInt8]? {
    var rest = bytes
    var string: [UInt8] = []
    while !rest.isEmpty {
      guard let byte = DNSName.takeByte(&rest) else { return nil }
      string.append(byte)
    }
    return string.count <= 255 ? string : nil
  }
}
