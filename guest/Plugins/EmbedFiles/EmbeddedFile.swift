// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation

/// A file that becomes part of a program.
struct EmbeddedFile {
  let name: String
  let url: URL

  var isRegular: Bool {
    (try? url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
  }

  /// The content as the inside of a string literal with one scalar a byte: the compiler is much
  /// faster with it than with an array's literal.
  var literal: String {
    get throws { Self.literal(try Data(contentsOf: url)) }
  }

  static func literal(_ bytes: Data) -> String {
    var text = ""
    text.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\n"): text += "\\n"
      case UInt8(ascii: "\""): text += "\\\""
      case UInt8(ascii: "\\"): text += "\\\\"
      case 0x20..<0x7f: text.unicodeScalars.append(UnicodeScalar(byte))
      default: text += "\\u{\(String(byte, radix: 16))}"
      }
    }
    return text
  }
}
