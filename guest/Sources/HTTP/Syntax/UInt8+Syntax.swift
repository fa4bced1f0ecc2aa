// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension UInt8 {
  /// Whether the byte may stand in a token (RFC 9110, section 5.6.2): a bit per ASCII character.
  var isTokenByte: Bool {
    let mask: UInt64 = self < 64 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
    return self < 128 && mask &>> UInt64(self & 63) & 1 == 1
  }

  /// Whether the byte may stand inside of a field value (RFC 9110, section 5.5).
  var isFieldValueByte: Bool { self >= 0x20 && self != 0x7f || self == 9 }

  /// Whether the byte may stand in a request target. Some of these no URI has, but senders do not
  /// all encode them, and none of them ends a target.
  var isTargetByte: Bool { self > 0x20 && self < 0x7f && self != UInt8(ascii: "#") }

  /// Whether the byte is a space or a tab (OWS of RFC 9110, section 5.6.3).
  var isBlank: Bool { self == 0x20 || self == 9 }

  /// The value of a decimal digit, or nil.
  var digitValue: UInt64? { self &- 0x30 < 10 ? UInt64(self &- 0x30) : nil }

  /// The value of a hexadecimal digit, or nil.
  var hexDigitValue: UInt64? {
    if let value = digitValue {
      return value
    }
    let letter = lowercased &- UInt8(ascii: "a")
    return letter < 6 ? UInt64(letter) + 10 : nil
  }

  /// The byte with a letter of ASCII in lower case.
  var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

  static let carriageReturn: UInt8 = 13
  static let lineFeed: UInt8 = 10
}
