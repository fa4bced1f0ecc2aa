// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Freestanding
import Testing

private func format(_ text: String, _ arguments: any CVarArg..., capacity: Int = 200) -> String {
  var buffer = [CChar](repeating: 0x7f, count: max(capacity, 1))
  let count = unsafe withVaList(arguments) { list in
    unsafe sl_format(&buffer, capacity, text, list)
  }
  guard capacity > 0 else { return "\(count)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8($0) }, as: UTF8.self)
}

struct FormatTests {
  @Test func convertsIntegers() {
    #expect(format("%d %i %u", -5 as Int32, 7 as Int32, UInt32.max) == "-5 7 4294967295")
    #expect(format("%ld %lu %zu", Int.min, UInt.max, 0) == "\(Int.min) \(UInt.max) 0")
    #expect(format("%lld %llx", Int64.min, UInt64.max) == "\(Int64.min) ffffffffffffffff")
    #expect(format("%x", 0xbeef as UInt32) == "beef")
    #expect(format("%p", 0x1234) == "0x1234")
  }

  @Test func pads() {
    let padded = format("[%5d] [%05d] [%2d]", 42 as Int32, 42 as Int32, 12345 as Int32)
    #expect(padded == "[   42] [00042] [12345]")
    #expect(format("[%06d] [%6d]", -42 as Int32, -42 as Int32) == "[-00042] [   -42]")
    #expect(format("[%*d]", 4 as Int32, 7 as Int32) == "[   7]")
  }

  @Test func copiesStrings() {
    let text: [CChar] = [0x74, 0x65, 0x78, 0x74, 0]
    unsafe text.withUnsafeBufferPointer { buffer in
      let address = Int(bitPattern: buffer.baseAddress)
      #expect(format("<%s>", address) == "<text>")
      #expect(format("<%.2s>", address) == "<te>")
      #expect(format("<%.*s>", 3 as Int32, address) == "<tex>")
      #expect(format("<%6s>", address) == "<  text>")
    }
    #expect(format("%s", 0) == "(null)")
    #expect(format("%c%c", 0x68 as Int32, 0x69 as Int32) == "hi")
  }

  @Test func copiesWhatItDoesNotKnow() {
    #expect(format("100%% %q %") == "100% %q %")
  }

  @Test(arguments: [(1, ""), (2, "a"), (6, "abcde"), (7, "abcdef"), (100, "abcdef")])
  func stopsAtTheEndOfTheBuffer(capacity: Int, expected: String) {
    #expect(format("abcdef", capacity: capacity) == expected)
  }

  @Test func tellsTheCountThatItWouldNeed() {
    #expect(format("abcdef", capacity: 0) == "6")
  }
}
