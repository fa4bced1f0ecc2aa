// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What a stream's two ends need of TCP's header (RFC 9293, section 3.1).
struct TCPHeader {
  static let size = 20
  /// The size of the options of a SYN: maximum segment size, window scale and one of padding.
  static let optionsSize = 8
  static let checksumOffset = 16

  struct Flags: OptionSet {
    let rawValue: UInt8
    static let fin = Flags(rawValue: 1)
    static let syn = Flags(rawValue: 2)
    static let rst = Flags(rawValue: 4)
    static let push = Flags(rawValue: 8)
    static let ack = Flags(rawValue: 16)
  }

  var sourcePort: UInt16
  var destinationPort: UInt16
  var sequence: UInt32
  var acknowledgment: UInt32
  var flags: Flags
  var window: UInt16
  var maximumSegmentSize: UInt16?
  var windowScale: UInt8?
  /// Where the payload begins.
  private(set) var dataOffset = size

  init(
    sourcePort: UInt16, destinationPort: UInt16, sequence: UInt32, acknowledgment: UInt32,
    flags: Flags, window: UInt16
  ) {
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    self.sequence = sequence
    self.acknowledgment = acknowledgment
    self.flags = flags
    self.window = window
  }

  init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    dataOffset = Int(bytes[12] >> 4) * 4
    guard dataOffset >= Self.size, dataOffset <= bytes.count else { return nil }
    sourcePort = word(bytes, 0)
    destinationPort = word(bytes, 2)
    sequence = UInt32(word(bytes, 4)) << 16 | UInt32(word(bytes, 6))
    acknowledgment = UInt32(word(bytes, 8)) << 16 | UInt32(word(bytes, 10))
    flags = Flags(rawValue: bytes[13])
    window = word(bytes, 14)
    readOptions(bytes.extracting(Self.size..<dataOffset))
  }

  private mutating func readOptions(_ bytes: Span<UInt8>) {
    var index = 0
    while index < bytes.count, bytes[index] != 0 {
      if bytes[index] == 1 {
        index += 1
        continue
      }
      guard index + 1 < bytes.count else { return }
      let length = Int(bytes[index + 1])
      guard length >= 2, index + length <= bytes.count else { return }
      if bytes[index] == 2 && length == 4 {
        maximumSegmentSize = word(bytes, index + 2)
      } else if bytes[index] == 3 && length == 3 {
        windowScale = min(bytes[index + 2], 14)
      }
      index += length
    }
  }

  /// Appends the header, with `sum`, that of the pseudo header, in the checksum's place.
  func append(to frame: inout OutputSpan<UInt8>, sum: UInt16) {
    let hasOptions = flags.contains(.syn)
    append(sourcePort, to: &frame)
    append(destinationPort, to: &frame)
    append(sequence, to: &frame)
    append(acknowledgment, to: &frame)
    frame.append(UInt8((Self.size + (hasOptions ? Self.optionsSize : 0)) / 4) << 4)
    frame.append(flags.rawValue)
    append(window, to: &frame)
    append(sum, to: &frame)
    append(0 as UInt16, to: &frame)
    if hasOptions {
      frame.append(2)
      frame.append(4)
      append(maximumSegmentSize ?? 536, to: &frame)
      // Without a scale, that option is three of padding.
      frame.append(windowScale == nil ? 1 : 3)
      frame.append(windowScale == nil ? 1 : 3)
      frame.append(windowScale ?? 1)
      frame.append(1)
    }
  }

  private func append(_ value: UInt16, to frame: inout OutputSpan<UInt8>) {
    frame.append(UInt8(value >> 8))
    frame.append(UInt8(truncatingIfNeeded: value))
  }

  private func append(_ value: UInt32, to frame: inout OutputSpan<UInt8>) {
    append(UInt16(value >> 16), to: &frame)
    append(UInt16(truncatingIfNeeded: value), to: &frame)
  }
}

private func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt16 {
  UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
}

/// The sum of TCP's pseudo header over IPv4, to which `length` bytes of header and payload belong.
func pseudoHeaderSum(_ one: IPv4Address, _ other: IPv4Address, length: Int) -> InternetChecksum {
  var sum = InternetChecksum()
  func add(_ address: IPv4Address) {
    sum.add(UInt16(address.rawValue >> 16))
    sum.add(UInt16(truncatingIfNeeded: address.rawValue))
  }
  add(one)
  add(other)
  sum.add(UInt16(IPProtocol.tcp.rawValue))
  sum.add(UInt16(length))
  return sum
}
