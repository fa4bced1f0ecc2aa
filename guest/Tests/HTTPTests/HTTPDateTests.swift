// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HTTP
import Testing

struct HTTPDateTests {
  private func text(_ date: HTTPDate) -> String {
    let bytes = date.bytes
    return bytes.indices.map { String(UnicodeScalar(bytes[$0])) }.joined()
  }

  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
      (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
      (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
      (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] as [(UInt64, String)])
  func isWrittenAndRead(_ seconds: UInt64, _ expected: String) {
    #expect(text(HTTPDate(secondsSince1970: seconds)) == expected)
    let bytes = Array(expected.utf8)
    #expect(HTTPDate(bytes.span)?.secondsSince1970 == seconds)
  }

  @Test func everyDayComesBack() {
    for day in stride(from: 0 as UInt64, to: 2_932_896, by: 7) {
      let date = HTTPDate(secondsSince1970: day * 86400 + 12345)
      let bytes = date.bytes
      #expect(HTTPDate(bytes.span)?.secondsSince1970 == date.secondsSince1970)
    }
  }

  @Test func beyondTheLastYearIsHeld() {
    #expect(text(HTTPDate(secondsSince1970: .max)) == "Fri, 31 Dec 9999 23:59:59 GMT")
  }

  @Test(arguments: [
    "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Xxx 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08-49:37 GMT", "Sun, 06 Nov 1969 08:49:37 GMT",
    "Sun, +6 Nov 1994 08:49:37 GMT",
  ])
  func isRefused(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(HTTPDate(bytes.span)?.secondsSince1970 == nil)
  }
}
