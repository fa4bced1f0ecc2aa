// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Prints 32 random bytes in hexadecimal.
@main
struct EntropyGuest {
  static func main() async {
    var bytes = [UInt8](repeating: 0, count: 32)
    var span = bytes.mutableSpan
    fillWithEntropy(&span)
    var text = ""
    for byte in bytes {
      text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    print(text)
  }
}
