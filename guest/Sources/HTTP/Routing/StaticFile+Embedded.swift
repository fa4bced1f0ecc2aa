// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension StaticFile {
  /// A file that is part of the program: a text with one scalar for each byte.
  public convenience init(embedded text: StaticString, type: StaticString) {
    self.init(Self.bytes(text), type: type)
  }

  /// The scalars from 0x80 to 0xff are two bytes of UTF-8 each, the first of which has two bits.
  private static func bytes(_ text: StaticString) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8CodeUnitCount)
    var lead: UInt8?
    for index in 0..<text.utf8CodeUnitCount {
      // SAFETY: `index` is below the text's size.
      let byte = unsafe text.utf8Start[index]
      if let high = lead {
        bytes.append(high << 6 | byte & 0x3f)
        lead = nil
      } else if byte < 0x80 {
        bytes.append(byte)
      } else {
        lead = byte & 3
      }
    }
    return bytes
  }
}
