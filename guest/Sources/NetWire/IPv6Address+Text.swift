// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

// These look at bytes: what String offers for it brings parts of Unicode into the image.

extension IPv6Address {
  private static let groupCount = 8

  /// Reads any of the forms of RFC 4291, section 2.2, without a zone.
  public init?(_ text: some StringProtocol) {
    var groups = InlineArray<8, UInt16>(repeating: 0)
    var count = 0
    var gap: Int?
    var rest = Substring(text).utf8
    if rest.starts(with: "::".utf8) {
      gap = 0
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      guard count < Self.groupCount else { return nil }
      let digits = rest.prefix { $0 != UInt8(ascii: ":") }
      if digits.contains(UInt8(ascii: ".")) {
        guard digits.endIndex == rest.endIndex, count <= Self.groupCount - 2,
          let address = IPv4Address(Substring(digits))
        else { return nil }
        groups[count] = UInt16(truncatingIfNeeded: address.rawValue >> 16)
        groups[count + 1] = UInt16(truncatingIfNeeded: address.rawValue)
        count += 2
        break
      }
      guard let group = Self.group(digits) else { return nil }
      groups[count] = group
      count += 1
      rest = rest[digits.endIndex...]
      guard let colon = rest.first else { break }
      assert(colon == UInt8(ascii: ":"))
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = count
        rest = rest.dropFirst()
      } else if rest.isEmpty {
        return nil
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

  /// One to four hexadecimal digits.
  private static func group(_ digits: some Collection<UInt8>) -> UInt16? {
    guard (1...4).contains(digits.count) else { return nil }
    var value: UInt16 = 0
    for digit in digits {
      let nibble: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      value = value << 4 | UInt16(nibble)
    }
    return value
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
