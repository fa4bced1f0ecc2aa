// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The header of an Ethernet II frame.
///
///      0              6             12     14
///     | destination   | source        | type | payload
public struct EthernetHeader: Hashable, Sendable {
  /// Bytes on the wire, and the offset of the payload.
  public static let size = 14

  /// Who is to receive the frame.
  public var destination: MACAddress
  /// Who sent the frame.
  public var source: MACAddress
  /// What the payload is.
  public var type: EtherType

  /// A header of these fields.
  public init(destination: MACAddress, source: MACAddress, type: EtherType) {
    self.destination = destination
    self.source = source
    self.type = type
  }

  /// Reads the header at the start of a frame; nil when it is too short.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size else { return nil }
    destination = MACAddress(bytes, at: 0)
    source = MACAddress(bytes, at: 6)
    type = EtherType(rawValue: bytes.bigEndian16(at: 12))
  }

  /// Writes the header to the start of `bytes`, which has to have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    destination.emit(into: &bytes, at: 0)
    source.emit(into: &bytes, at: 6)
    bytes.store(type.rawValue, at: 12)
  }
}

extension EthernetHeader: CustomStringConvertible {
  /// Source, destination and type.
  public var description: String {
    "\(source) > \(destination) type 0x\(String(type.rawValue, radix: 16))"
  }
}
