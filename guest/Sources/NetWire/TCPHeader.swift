// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The header of a segment of the Transmission Control Protocol (RFC 9293, section 3.1).
///
///      0             2                  4          8                12            13      14
///     | source port | destination port | sequence | acknowledgment | data offset | flags | window |
///      16         18               20
///     | checksum | urgent pointer | options
public struct TCPHeader: Hashable, Sendable {
  /// Bytes on the wire without options.
  public static let size = 20
  /// Where the checksum stands.
  public static let checksumOffset = 16

  /// The control bits.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// The flags of bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The sender is done.
    public static let fin = Flags(rawValue: 1)
    /// The sequence numbers start here.
    public static let syn = Flags(rawValue: 2)
    /// The connection is reset.
    public static let rst = Flags(rawValue: 4)
    /// The receiver should hand over what it has.
    public static let psh = Flags(rawValue: 8)
    /// The acknowledgment counts.
    public static let ack = Flags(rawValue: 16)
    /// The urgent pointer counts.
    public static let urg = Flags(rawValue: 32)
    /// A congestion was echoed (RFC 3168).
    public static let ece = Flags(rawValue: 64)
    /// The congestion window is reduced (RFC 3168).
    public static let cwr = Flags(rawValue: 128)
  }

  /// The port of the sender.
  public var sourcePort: UInt16
  /// The port of the receiver.
  public var destinationPort: UInt16
  /// SEG.SEQ
  public var sequence: UInt32
  /// SEG.ACK, which counts with the flag `ack`.
  public var acknowledgment: UInt32
  /// The control bits.
  public var flags: Flags
  /// SEG.WND as it stands in the header, not scaled.
  public var window: UInt16
  /// What is behind the fixed part.
  public var options = TCPOptions()
  /// Where the payload begins in a header that was read.
  public private(set) var dataOffset = size

  /// A header of these fields.
  public init(
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

  /// Reads the header at the start of a segment; nil when the segment is shorter than that says. The
  /// checksum is not looked at: it covers more than these bytes (`PseudoHeader`).
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    dataOffset = Int(bytes[12] >> 4) * 4
    guard dataOffset >= Self.size, dataOffset <= bytes.count else { return nil }
    sourcePort = bytes.bigEndian16(at: 0)
    destinationPort = bytes.bigEndian16(at: 2)
    sequence = bytes.bigEndian32(at: 4)
    acknowledgment = bytes.bigEndian32(at: 8)
    flags = Flags(rawValue: bytes[13])
    window = bytes.bigEndian16(at: 14)
    if dataOffset > Self.size {
      options = TCPOptions(bytes.extracting(Self.size..<dataOffset))
    }
  }

  /// The bytes of the header when it is written.
  public var encodedSize: Int { Self.size + options.encodedSize }

  /// Writes the header to the start of `bytes`, which has to have room for it, with `checksum` in its
  /// place: 0, or the sum of the pseudo header for somebody who completes it.
  public func emit(into bytes: inout MutableSpan<UInt8>, checksum: UInt16 = 0) {
    bytes.store(sourcePort, at: 0)
    bytes.store(destinationPort, at: 2)
    bytes.store(sequence, at: 4)
    bytes.store(acknowledgment, at: 8)
    bytes[12] = UInt8(encodedSize / 4) << 4
    bytes[13] = flags.rawValue
    bytes.store(window, at: 14)
    bytes.store(checksum, at: 16)
    bytes.store(0 as UInt16, at: 18)
    options.emit(into: &bytes, at: Self.size)
  }
}

extension TCPHeader: CustomStringConvertible {
  /// Ports, flags and numbers.
  public var description: String {
    """
    port \(sourcePort) > \(destinationPort) flags 0x\(String(flags.rawValue, radix: 16)) \
    seq \(sequence) ack \(acknowledgment) window \(window)
    """
  }
}
