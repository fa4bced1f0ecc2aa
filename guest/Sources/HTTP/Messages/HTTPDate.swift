// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A date as HTTP writes it, an IMF-fixdate (RFC 9110, section 5.6.7):
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
public struct HTTPDate: Sendable {
  /// The size of its text.
  public static let size = 29

  /// Seconds since 1970-01-01 00:00 UTC.
  public let secondsSince1970: UInt64
  /// The text.
  public let bytes: InlineArray<29, UInt8>

  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
  private static let days: StaticString = "ThuFriSatSunMonTueWed"
  /// The end of the year 9999, behind which four digits do not reach.
  private static let end: UInt64 = 253_402_300_800

  /// A date of the years 1970 to 9999; what lies behind counts as the last second of them.
  public init(secondsSince1970: UInt64) {
    self.secondsSince1970 = min(secondsSince1970, Self.end - 1)
    bytes = Self.text(self.secondsSince1970)
  }

  /// Reads an IMF-fixdate; the name of the day is not checked against the date.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == Self.size, bytes[3] == UInt8(ascii: ","), bytes[4] == 0x20,
      bytes[7] == 0x20, bytes[11] == 0x20, bytes[16] == 0x20, bytes[19] == UInt8(ascii: ":"),
      bytes[22] == UInt8(ascii: ":"), bytes.extracting(25..<29).equals(" GMT"),
      let day = bytes.extracting(5..<7).decimal,
      let month = Self.month(named: bytes.extracting(8..<11)),
      let year = bytes.extracting(12..<16).decimal,
      let hour = bytes.extracting(17..<19).decimal,
      let minute = bytes.extracting(20..<22).decimal,
      let second = bytes.extracting(23..<25).decimal,
      year >= 1970, day >= 1, day <= 31, hour < 24, minute < 60, second <= 60
    else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    self.init(secondsSince1970: ((days * 24 + hour) * 60 + minute) * 60 + second)
  }

  private static func month(named name: Span<UInt8>) -> UInt64? {
    for month in 0..<12 {
      // SAFETY: the names of twelve months have 36 letters.
      if unsafe name[0] == months.utf8Start[3 * month]
        && name[1] == months.utf8Start[3 * month + 1]
        && name[2] == months.utf8Start[3 * month + 2]
      {
        return UInt64(month) + 1
      }
    }
    return nil
  }

  // Both ways count in years that start in March, so that the day that comes and goes is the last
  // one, and in eras of 400 years, which are all of the same length.
  private static let daysOfEra: UInt64 = 146_097
  /// The days from the start of the era, 1600-03-01 to 2000-02-29, to 1970-01-01.
  private static let daysToEpoch: UInt64 = 135_080

  private static func days(year: UInt64, month: UInt64, day: UInt64) -> UInt64 {
    let isEarly = month < 3
    let years = year - 1600 - (isEarly ? 1 : 0)
    let monthsSinceMarch = isEarly ? month + 9 : month - 3
    let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
    return years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear - daysToEpoch
  }

  private static func yearMonthDay(
    _ daysSince1970: UInt64
  ) -> (year: UInt64, month: UInt64, day: UInt64) {
    let days = daysSince1970 + daysToEpoch
    let era = days / daysOfEra
    let day = days % daysOfEra
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    return (
      1600 + era * 400 + year + (month >= 10 ? 1 : 0), month >= 10 ? month - 9 : month + 3,
      dayOfYear - (153 * month + 2) / 5 + 1
    )
  }

  private static func text(_ secondsSince1970: UInt64) -> InlineArray<29, UInt8> {
    var text = InlineArray<29, UInt8>(repeating: 0x20)
    let (year, month, day) = yearMonthDay(secondsSince1970 / 86400)
    let second = secondsSince1970 % 86400
    put(days, Int(secondsSince1970 / 86400 % 7), into: &text, at: 0)
    text[3] = UInt8(ascii: ",")
    put(day, into: &text, at: 5)
    put(months, Int(month - 1), into: &text, at: 8)
    put(year / 100, into: &text, at: 12)
    put(year % 100, into: &text, at: 14)
    put(second / 3600, into: &text, at: 17)
    text[19] = UInt8(ascii: ":")
    put(second / 60 % 60, into: &text, at: 20)
    text[22] = UInt8(ascii: ":")
    put(second % 60, into: &text, at: 23)
    text[26] = UInt8(ascii: "G")
    text[27] = UInt8(ascii: "M")
    text[28] = UInt8(ascii: "T")
    return text
  }

  private static func put(_ number: UInt64, into text: inout InlineArray<29, UInt8>, at index: Int)
  {
    text[index] = UInt8(truncatingIfNeeded: number / 10) + 0x30
    text[index + 1] = UInt8(truncatingIfNeeded: number % 10) + 0x30
  }

  /// Puts one of some names of three letters.
  private static func put(
    _ names: StaticString, _ name: Int, into text: inout InlineArray<29, UInt8>, at index: Int
  ) {
    for letter in 0..<3 {
      // SAFETY: there are seven days and twelve months, which `name` counts.
      text[index + letter] = unsafe names.utf8Start[3 * name + letter]
    }
  }
}
