// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension IPv6Address {
  private static let groupCount = 8

  /// Reads any of the forms of RFC 4291, section 2.2, without a zone.
  public init?(_ text: String) {
    self.init(utf8: text.utf8Span.span)
  }

  /// Reads the address that `text` spells, as `init(_:)` does.
  public init?(utf8 text: Span<UInt8>) {
    let colon = UInt8(ascii: ":")
    var groups = InlineArray<8, UInt16>(repeating: 0)
    var count = 0
    var gap: Int?
    var start = 0
    if text.count >= 2, text[0] == colon, text[1] == colon {
      gap = 0
      start = 2
    }
    while start < text.count {
      guard count < Self.groupCount else { return nil }
      let end = text.position(of: colon, from: start)
      let part = text.extracting(start..<end)
      if end == text.count, count <= Self.groupCount - 2, let address = IPv4Address(utf8: part) {
        groups[count] = UInt16(truncatingIfNeeded: address.rawValue >> 16)
        groups[count + 1] = UInt16(truncatingIfNeeded: address.rawValue)
        count += 2
        break
      }
      guard let group = part.hexadecimal else { return nil }
      groups[count] = group
      count += 1
      guard end < text.count else { break }
      start = end + 1
      guard start < text.count else { return nil }
      if text[start] == colon {
        guard gap == nil else { return nil }
        gap = count
        start += 1
      }
    }
    // A gap stands for at least one group.
    guard gap == nil ? count == Self.groupCount : count < Self.groupCount else { return nil }
    self.init(groups: groups, count: count, gap: gap ?? count)
  }

  /// Moves the groups behind the gap to the end.
  private init(groups: InlineArray<8, UInt16>, count: Int, gap: Int) {
    var all = InlineArray<8, UInt16>(repeating: 0)
    for index in 0..<count {
      all[index < gap ? index : index + Self.groupCount - count] = groups[index]
    }
    func half(_ start: Int) -> UInt64 {
      var value: UInt64 = 0
      for index in start..<start + 4 {
        value = value << 16 | UInt64(all[index])
      }
      return value
    }
    self.init(high: half(0), low: half(4))
  }

  /// Group `index` of eight.
  private func group(_ index: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - index % 4 * 16))
  }
}

extension IPv6Address: CustomStringConvertible {
  /// The form of RFC 5952, section 4: lower case, no leading zeros, and the longest run of zeros, the
  /// first of several, as `::`.
  public var description: String {
    let zeros = longestZeros
    var text = ""
    var index = 0
    while index < Self.groupCount {
      if index == zeros.lowerBound, !zeros.isEmpty {
        text += "::"
        index = zeros.upperBound
        continue
      }
      if index > 0, index != zeros.upperBound || zeros.isEmpty {
        text += ":"
      }
      text += String(group(index), radix: 16)
      index += 1
    }
    return text
  }

  /// The longest run of at least two groups that are 0.
  private var longestZeros: Range<Int> {
    var longest = 0..<0
    var start = 0
    for index in 0..<Self.groupCount {
      if group(index) != 0 {
        start = index + 1
      } else if index + 1 - start > max(1, longest.count) {
        longest = start..<index + 1
      }
    }
    return longest
  }
}
