// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A size such as `64M`; units are B for bytes, and K, M and G, each 1024 of the one before.
///
/// A number alone is refused: it would be bytes to some people, and is MiB in solo5-hvt's form.
func parseSize(_ text: String) throws(UsageError) -> UInt64 {
  let unit: UInt64 =
    switch text.utf8.last {
    case UInt8(ascii: "B"): 1
    case UInt8(ascii: "K"): 1 << 10
    case UInt8(ascii: "M"): 1 << 20
    case UInt8(ascii: "G"): 1 << 30
    default: throw isDecimal(text[...]) ? .sizeWithoutUnit(text) : .size(text)
    }
  guard let count = decimal(text.dropLast(), as: UInt64.self) else { throw .size(text) }
  let (size, overflow) = count.multipliedReportingOverflow(by: unit)
  guard !overflow, size > 0 else { throw .size(text) }
  return size
}

/// A rate such as `64K` or `64K/s`: a size for each second.
func parseRate(_ text: String) throws(UsageError) -> UInt64 {
  try parseSize(text.hasSuffix("/s") ? String(text.dropLast(2)) : text)
}

/// A duration such as `500ms`, `30s`, `5m` or `2h`, of at most 292 years.
func parseDuration(_ text: String) throws(UsageError) -> Duration {
  let units: [(name: String, milliseconds: UInt64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
  ]
  guard let unit = units.first(where: { text.hasSuffix($0.name) }) else {
    throw isDecimal(text[...]) ? .durationWithoutUnit(text) : .duration(text)
  }
  guard let count = decimal(text.dropLast(unit.name.utf8.count), as: UInt64.self) else {
    throw .duration(text)
  }
  let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
  guard !overflow, milliseconds > 0, milliseconds <= UInt64(Int64.max) / 1_000_000 else {
    throw .duration(text)
  }
  return .milliseconds(milliseconds)
}

/// A share such as `25` or `25%`, from 1 to 100.
func parsePercent(_ text: String) throws(UsageError) -> Int {
  let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
  guard let percent = decimal(digits, as: Int.self), (1...100).contains(percent) else {
    throw .percent(text)
  }
  return percent
}

/// The positive number `text` of the setting `key`.
func parseCount(_ key: String, _ text: String) throws(UsageError) -> UInt64 {
  guard let count = decimal(text[...], as: UInt64.self), count > 0 else {
    throw .number(key, text)
  }
  return count
}

/// Whether `text` is digits alone.
func isDecimal(_ text: Substring) -> Bool {
  let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
  return !text.isEmpty && text.utf8.allSatisfy(digits.contains)
}

/// The number that `text` writes in digits alone.
func decimal<Number: FixedWidthInteger>(_ text: Substring, as type: Number.Type) -> Number? {
  isDecimal(text) ? Number(text) : nil
}
