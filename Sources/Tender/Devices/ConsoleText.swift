// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Makes bytes of anything safe to show on a terminal.
///
/// Newlines, tabs, printable ASCII and UTF-8 of other characters stay. What would move the cursor, change
/// colors or titles, answer as if typed, or reorder the text, and what is not UTF-8, stands as `\xNN` for
/// each byte. A character may be divided between calls.
public struct ConsoleText: Sendable {
  /// The bytes of a character that has begun.
  private var pending: [4 of UInt8] = [0, 0, 0, 0]
  private var pendingCount = 0
  /// The bytes that it has in all.
  private var length = 0

  /// Nothing has been written yet.
  public init() {}

  /// Appends `bytes` to `output` as they are to be shown, without a character that is not whole yet.
  public mutating func append(_ bytes: RawSpan, to output: inout [UInt8]) {
    for index in 0..<bytes.byteCount {
      // SAFETY: any byte is a UInt8, and the index is inside the span.
      append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self), to: &output)
    }
  }

  /// Appends the bytes of a character that will not become whole.
  public mutating func finish(_ output: inout [UInt8]) {
    for index in 0..<pendingCount { Self.escape(pending[index], to: &output) }
    pendingCount = 0
  }

  /// `text` as it is to be shown.
  public static func shown(_ text: String) -> String {
    var (state, output) = (ConsoleText(), [UInt8]())
    for byte in text.utf8 { state.append(byte, to: &output) }
    state.finish(&output)
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func append(_ byte: UInt8, to output: inout [UInt8]) {
    if pendingCount > 0 {
      if continues(byte) {
        pending[pendingCount] = byte
        pendingCount += 1
        if pendingCount == length { appendCharacter(to: &output) }
        return
      }
      finish(&output)
    }
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "\t"), 0x20...0x7e: output.append(byte)
    case 0xc2...0xdf: begin(byte, length: 2)
    case 0xe0...0xef: begin(byte, length: 3)
    case 0xf0...0xf4: begin(byte, length: 4)
    default: Self.escape(byte, to: &output)
    }
  }

  private mutating func begin(_ byte: UInt8, length: Int) {
    (pending[0], pendingCount, self.length) = (byte, 1, length)
  }

  /// Whether `byte` may follow what is pending (Unicode, table 3-7).
  private func continues(_ byte: UInt8) -> Bool {
    guard pendingCount == 1 else { return (0x80...0xbf).contains(byte) }
    return switch pending[0] {
    case 0xe0: (0xa0...0xbf).contains(byte)
    case 0xed: (0x80...0x9f).contains(byte)
    case 0xf0: (0x90...0xbf).contains(byte)
    case 0xf4: (0x80...0x8f).contains(byte)
    default: (0x80...0xbf).contains(byte)
    }
  }

  private mutating func appendCharacter(to output: inout [UInt8]) {
    var value = UInt32(pending[0]) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
    for index in 1..<length { value = value << 6 | UInt32(pending[index]) & 0x3f }
    guard Self.isShown(value) else { return finish(&output) }
    for index in 0..<length { output.append(pending[index]) }
    pendingCount = 0
  }

  /// Whether a character is neither a control, nor of those that reorder or hide what stands around them.
  private static func isShown(_ value: UInt32) -> Bool {
    switch value {
    case 0x80...0x9f: false  // C1
    case 0x061c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x206f: false  // directions
    case 0x2028, 0x2029: false  // ends of lines and paragraphs
    case 0xfff9...0xfffb, 0xe0000...0xe007f: false  // annotations and tags
    default: true
    }
  }

  private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    output.append(UInt8(ascii: "x"))
    for digit in [byte >> 4, byte & 15] {
      output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
