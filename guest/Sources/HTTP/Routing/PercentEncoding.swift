// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The encoding of RFC 3986, section 2.1.
enum PercentEncoding {
  /// The bytes without the encoding; nil when it is malformed, or hides a NUL.
  static func decode(_ bytes: Span<UInt8>) -> [UInt8]? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      var byte = bytes[index]
      if byte == UInt8(ascii: "%") {
        guard index + 2 < bytes.count, let high = bytes[index + 1].hexDigitValue,
          let low = bytes[index + 2].hexDigitValue, high | low != 0
        else { return nil }
        byte = UInt8(high << 4 | low)
        index += 2
      }
      decoded.append(byte)
      index += 1
    }
    return decoded
  }
}
