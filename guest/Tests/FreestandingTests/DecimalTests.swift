// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Glibc
import Testing

/// A number and the count of characters that it was read from.
struct Parsed<Value: BinaryFloatingPoint>: Equatable {
  let value: Value
  let count: Int

  /// Two numbers are the same here when their bits are: NaN is, and the zeros are not.
  static func == (left: Parsed, right: Parsed) -> Bool {
    left.value.sign == right.value.sign && left.count == right.count
      && (left.value == right.value || left.value.isNaN && right.value.isNaN)
  }
}

private func parseDouble(_ text: String) -> Parsed<Double>? {
  unsafe text.withCString { start in
    var value = 0.0
    guard let end = unsafe sl_parse_double(start, &value) else { return nil }
    return Parsed(value: value, count: unsafe end - start)
  }
}

private func parseFloat(_ text: String) -> Parsed<Float>? {
  unsafe text.withCString { start in
    var value: Float = 0
    guard let end = unsafe sl_parse_float(start, &value) else { return nil }
    return Parsed(value: value, count: unsafe end - start)
  }
}

private func expectedDouble(_ text: String) -> Parsed<Double> {
  unsafe text.withCString { start in
    var end: UnsafeMutablePointer<CChar>?
    let value = unsafe strtod(start, &end)
    return Parsed(value: value, count: unsafe end.map { unsafe UnsafePointer($0) - start } ?? 0)
  }
}

private func expectedFloat(_ text: String) -> Parsed<Float> {
  unsafe text.withCString { start in
    var end: UnsafeMutablePointer<CChar>?
    let value = unsafe strtof(start, &end)
    return Parsed(value: value, count: unsafe end.map { unsafe UnsafePointer($0) - start } ?? 0)
  }
}

/// Compared with the C library, which rounds correctly.
struct DecimalTests {
  static let notable = [
    "0", "-0", "1", "-1.5", "+2.25", ".5", "5.", "1e3", "1E+3", "1e-3", "1e", "1e+", "1.5ex",
    "123456789012345678901234567890", "0.1", "0.2", "0.3", "3.14159265358979323846", "1e22", "1e23",
    "9007199254740993", "9007199254740992.9999", "9007199254740993.0000000000001",
    "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e309", "1e400",
    "1e99999", "1e999999999999", "2.2250738585072014e-308", "2.2250738585072011e-308",
    "2.225073858507201e-308", "4.9e-324", "5e-324", "3e-324", "2.4703282292062327e-324",
    "2.4703282292062328e-324", "1e-400", "1e-99999", "0e99999", "000000000000000000001.5",
    "0.000000000000000000000000000000000000000000001", "3.4028234e38", "3.4028236e38",
    "1.17549435e-38", "1.4e-45", "7e-46", "7.1e-46", "8388609.5", "16777217", "16777219",
    "1.00000017881393432617187499", "1.00000017881393432617187500", "1.00000017881393432617187501",
    "0x1p3", "0x1.8p-2", "0x.8", "0x10", "0x1.fffffffffffff8p0", "0x1.fffffffffffff7p0",
    "0xAbC.dEf",
    "0x1p-1074", "0x1p-1075", "0x1.8p-1075", "0x1p1023", "0x1p1024", "0x1p", "0x", "0xg", "0x1.p1",
    "inf", "-INF", "infinity", "Infinit", "nan", "-NaN", "1..2", "1.2.3", "12abc",
  ]

  @Test(arguments: notable) func readsDoublesAsTheCLibraryDoes(text: String) {
    #expect(parseDouble(text) == expectedDouble(text))
  }

  @Test(arguments: notable) func readsFloatsAsTheCLibraryDoes(text: String) {
    #expect(parseFloat(text) == expectedFloat(text))
  }

  @Test(arguments: ["", "+", "-", ".", "e5", " 1", "x", "in", "-.", "+e1"])
  func readRejects(text: String) {
    #expect(parseDouble(text) == nil)
  }

  @Test func readsWhatSwiftPrints() {
    var generator = RepeatableGenerator(seed: 3)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(parseDouble("\(value)")?.value == value)
    }
  }

  @Test func roundsRandomDigitsAsTheCLibraryDoes() {
    var generator = RepeatableGenerator(seed: 4)
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        text += String(Int.random(in: 0...9, using: &generator))
      }
      text += "e\(Int.random(in: -360...310, using: &generator))"
      #expect(parseDouble(text) == expectedDouble(text))
      #expect(parseFloat(text) == expectedFloat(text))
    }
  }

  @Test func roundsExactHalvesToEven() {
    var generator = RepeatableGenerator(seed: 5)
    for _ in 0..<2000 {
      let value = Double(Float.random(in: 1e-30...1e30, using: &generator))
      let half = value + Double(Float(value).ulp) / 2
      // A double has at most 767 significant digits; %.800g prints all of them.
      let text = exactDescription(of: half)
      #expect(parseFloat(text) == expectedFloat(text))
      #expect(parseFloat(text + "0000001") == expectedFloat(text + "0000001"))
    }
  }

  @Test func readsVeryLongNumbers() {
    let zeros = String(repeating: "0", count: 500)
    let half = exactDescription(of: .leastNonzeroMagnitude) + zeros + "1"
    #expect(parseDouble(half) == expectedDouble(half))
    let digits = String(repeating: "1234567890", count: 300)
    for text in [digits, "0." + digits, digits + "e-2900", "0." + zeros.prefix(320) + digits] {
      #expect(parseDouble(text) == expectedDouble(text))
    }
  }

  private func exactDescription(of value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 1500)
    let count = unsafe withVaList([value]) { arguments in
      unsafe vsnprintf(&buffer, buffer.count, "%.1100f", arguments)
    }
    return String(decoding: buffer.prefix(Int(count)).map { UInt8($0) }, as: UTF8.self)
  }
}
