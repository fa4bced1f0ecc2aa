// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What is written into `count` bytes that are not zero.
func written(_ count: Int, _ write: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xa5, count: count)
  var span = bytes.mutableSpan
  write(&span)
  return bytes
}

extension [UInt8] {
  /// Puts the checksum of a range into its place, if that is there.
  mutating func seal(at offset: Int, over range: Range<Int>) {
    guard offset + 2 <= range.upperBound else { return }
    (self[offset], self[offset + 1]) = (0, 0)
    var checksum = InternetChecksum()
    checksum.add(span.extracting(range))
    (self[offset], self[offset + 1]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 0xff))
  }
}
