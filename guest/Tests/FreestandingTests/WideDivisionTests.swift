// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Testing

struct WideDivisionTests {
  private func divide(_ dividend: UInt128, by divisor: UInt128) -> (UInt128, UInt128) {
    let result = sl_divide_wide(sl_wide(dividend), sl_wide(divisor))
    return (UInt128(result.quotient), UInt128(result.remainder))
  }

  static let notable: [UInt128] = [
    0, 1, 2, 3, 10, 1_000_000_007, 1 << 63, (1 << 64) - 1, 1 << 64, (1 << 64) + 1, 1 << 96,
    (1 << 127) - 1, 1 << 127, .max - 1, .max,
  ]

  @Test(arguments: notable, notable) func dividesNotableNumbers(
    dividend: UInt128, divisor: UInt128
  ) {
    guard divisor != 0 else { return }
    #expect(divide(dividend, by: divisor) == dividend.quotientAndRemainder(dividingBy: divisor))
  }

  @Test func dividesRandomNumbersOfEverySize() {
    var generator = RepeatableGenerator(seed: 9)
    for _ in 0..<20_000 {
      let dividend =
        UInt128.random(in: 0...(.max), using: &generator)
        >> Int.random(in: 0...127, using: &generator)
      let divisor =
        UInt128.random(in: 1...(.max), using: &generator)
        >> Int.random(in: 0...127, using: &generator)
      guard divisor != 0 else { continue }
      #expect(divide(dividend, by: divisor) == dividend.quotientAndRemainder(dividingBy: divisor))
    }
  }
}

extension sl_wide {
  fileprivate init(_ value: UInt128) {
    self.init(low: UInt64(truncatingIfNeeded: value), high: UInt64(value >> 64))
  }
}

extension UInt128 {
  fileprivate init(_ wide: sl_wide) {
    self = UInt128(wide.high) << 64 | UInt128(wide.low)
  }
}
