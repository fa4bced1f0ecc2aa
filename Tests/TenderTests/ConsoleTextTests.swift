// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import SystemCalls
import Testing

@testable import Tender

@Suite struct ConsoleTextTests {
  /// `bytes` as they are shown, divided into pieces of `size`.
  private static func shown(_ bytes: [UInt8], pieces size: Int = .max) -> String {
    var (text, output) = (ConsoleText(), [UInt8]())
    var rest = bytes[...]
    while !rest.isEmpty {
      // SAFETY: integers have no padding.
      text.append(unsafe Array(rest.prefix(size)).span.bytes, to: &output)
      rest = rest.dropFirst(size)
    }
    text.finish(&output)
    #expect(String(validating: output, as: UTF8.self) != nil)
    return String(decoding: output, as: UTF8.self)
  }

  @Test(
    arguments: [
      "", "plain\n", "\ttab ~ \\ \"", "Grüße, 世界 👩‍🚀 é", "\u{a0}\u{ad}\u{ff}", "\u{7ff}\u{800}",
      "\u{ffff}\u{10000}\u{10ffff}", "\u{d7ff}\u{e000}", "שלום مرحبا",
    ])
  func textStays(text: String) {
    for size in [1, 2, 3, .max] { #expect(Self.shown(Array(text.utf8), pieces: size) == text) }
    #expect(ConsoleText.shown(text) == text)
  }

  @Test(
    arguments: [
      ("\u{1b}[2J", #"\x1b[2J"#), ("\u{1b}]0;title\u{7}", #"\x1b]0;title\x07"#),
      ("\r\n", "\\x0d\n"),
      ("\u{0}", #"\x00"#), ("\u{8}", #"\x08"#), ("\u{7f}", #"\x7f"#), ("\u{9b}6n", #"\xc2\x9b6n"#),
      ("\u{85}", #"\xc2\x85"#), ("\u{202e}abc", #"\xe2\x80\xaeabc"#),
      ("\u{2066}", #"\xe2\x81\xa6"#),
      ("\u{2069}", #"\xe2\x81\xa9"#), ("\u{200f}", #"\xe2\x80\x8f"#), ("\u{61c}", #"\xd8\x9c"#),
      ("\u{2028}", #"\xe2\x80\xa8"#), ("\u{e0041}", #"\xf3\xa0\x81\x81"#),
    ])
  func whatATerminalObeysIsEscaped(text: String, shown: String) {
    for size in [1, 2, 3, .max] { #expect(Self.shown(Array(text.utf8), pieces: size) == shown) }
    #expect(ConsoleText.shown(text) == shown)
  }

  @Test(
    arguments: [
      ([0x9b], #"\x9b"#), ([0xff, 0xfe], #"\xff\xfe"#), ([0xc0, 0x80], #"\xc0\x80"#),
      ([0xc1, 0x9b], #"\xc1\x9b"#), ([0xe0, 0x82, 0x9b], #"\xe0\x82\x9b"#),
      ([0xf0, 0x80, 0x82, 0x9b], #"\xf0\x80\x82\x9b"#), ([0xed, 0xa0, 0x80], #"\xed\xa0\x80"#),
      ([0xf4, 0x90, 0x80, 0x80], #"\xf4\x90\x80\x80"#), ([0xf5, 0x80], #"\xf5\x80"#),
      ([0xe2, 0x82], #"\xe2\x82"#), ([0xe2, 0x82, 0x41], #"\xe2\x82A"#),
      ([0xe2, 0x1b, 0x63], #"\xe2\x1bc"#), ([0xc3, 0xc3, 0xa9], "\\xc3é"),
      ([0xf0, 0x9f, 0x92, 0xf0, 0x9f, 0x92, 0xa9], "\\xf0\\x9f\\x92💩"), ([0x80], #"\x80"#),
    ] as [([UInt8], String)])
  func whatIsNoUTF8IsEscaped(bytes: [UInt8], shown: String) {
    for size in [1, 2, 3, .max] { #expect(Self.shown(bytes, pieces: size) == shown) }
  }

  /// Whatever comes, and however it is divided: nothing but newlines, tabs and characters that a terminal
  /// shows comes out, the same each time.
  @Test(arguments: 0..<20)
  func nothingElseComesOut(seed: UInt64) {
    var random = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    let bytes = (0..<20_000).map { _ -> UInt8 in
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      let byte = UInt8(truncatingIfNeeded: random >> 32)
      // Often what begins or continues a character.
      return random & 3 == 0 ? byte : 0x80 | byte & (random & 4 == 0 ? 0x3f : 0x7f)
    }
    let shown = Self.shown(bytes)
    for size in [1, 3, 7] { #expect(Self.shown(bytes, pieces: size) == shown) }
    let isFine = shown.unicodeScalars.allSatisfy {
      $0 == "\n" || $0 == "\t"
        || $0.properties.generalCategory != .control
          && !$0.properties.isBidiControl
    }
    #expect(isFine)
  }

  @Test func consoleKeepsACharacterBetweenWrites() throws {
    let buffer = BufferConsole()
    let console = EscapingConsole(buffer)
    for byte in Array("é\u{1b}世".utf8).dropLast() {
      // SAFETY: integers have no padding.
      try console.write(unsafe [byte].span.bytes, until: -1)
    }
    #expect(buffer.text == "é\\x1b")
    try console.finish(until: -1)
    #expect(buffer.text == "é\\x1b\\xe4\\xb8")
    try console.finish(until: -1)
    #expect(buffer.text == "é\\x1b\\xe4\\xb8")
  }

  @Test func longWriteIsPassedOnWhole() throws {
    let buffer = BufferConsole()
    let text = String(repeating: "é\u{7}x", count: 10_000)
    try EscapingConsole(buffer).write(text, until: -1)
    #expect(buffer.text == String(repeating: "é\\x07x", count: 10_000))
  }
}
