// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A 48-bit hardware address of Ethernet.
public struct MACAddress: Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 6

  /// The address of every station.
  public static let broadcast = MACAddress(rawValue: 0xffff_ffff_ffff)
  /// The address that stands for none.
  public static let unspecified = MACAddress(rawValue: 0)

  let rawValue: UInt64

  private init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The address that consists of six bytes, in the order of the wire.
  public init(_ bytes: InlineArray<6, UInt8>) {
    var value: UInt64 = 0
    for index in bytes.indices {
      value = value << 8 | UInt64(bytes[index])
    }
    rawValue = value
  }

  /// Reads an address at `offset`, where `bytes` has to have one.
  init(_ bytes: Span<UInt8>, at offset: Int) {
    let high = UInt64(bytes.bigEndian16(at: offset))
    rawValue = high << 32 | UInt64(bytes.bigEndian32(at: offset + 2))
  }

  /// Whether a group of stations is meant, such as all of them.
  public var isMulticast: Bool { rawValue >> 40 & 1 == 1 }

  func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    bytes.store(UInt16(truncatingIfNeeded: rawValue >> 32), at: offset)
    bytes.store(UInt32(truncatingIfNeeded: rawValue), at: offset + 2)
  }
}

extension MACAddress: CustomStringConvertible {
  /// Six pairs of hexadecimal digits with colons between them.
  public var description: String {
    var text = ""
    for shift in stride(from: 40, through: 0, by: -8) {
      let byte = UInt8(truncatingIfNeeded: rawValue >> UInt64(shift))
      if shift != 40 {
        text += ":"
      }
      text += String(byte >> 4, radix: 16)
      text += String(byte & 15, radix: 16)
    }
    return text
  }
}
