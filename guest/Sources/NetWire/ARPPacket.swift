// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A packet of the Address Resolution Protocol for IPv4 over Ethernet (RFC 826).
///
///      0          2          4    5    6           8
///     | hardware | protocol | 6  | 4  | operation | sender hardware, sender protocol,
///                                                   target hardware, target protocol
public struct ARPPacket: Hashable, Sendable {
  /// Bytes on the wire.
  public static let size = 28

  /// What the packet wants.
  public enum Operation: UInt16, Sendable {
    /// Asks who has the target's protocol address.
    case request = 1
    /// Answers a request.
    case reply = 2
  }

  private static let ethernet: UInt16 = 1

  /// What the packet wants.
  public var operation: Operation
  /// Who sent the packet: the hardware address.
  public var senderHardware: MACAddress
  /// Who sent the packet: the protocol address.
  public var senderProtocol: IPv4Address
  /// Whom the packet is for: the hardware address, which a request does not know.
  public var targetHardware: MACAddress
  /// Whom the packet is for: the protocol address.
  public var targetProtocol: IPv4Address

  /// A packet of these fields.
  public init(
    operation: Operation, senderHardware: MACAddress, senderProtocol: IPv4Address,
    targetHardware: MACAddress, targetProtocol: IPv4Address
  ) {
    self.operation = operation
    self.senderHardware = senderHardware
    self.senderProtocol = senderProtocol
    self.targetHardware = targetHardware
    self.targetProtocol = targetProtocol
  }

  /// Reads a packet; nil when it is too short, not for IPv4 over Ethernet, or of another operation.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.size,
      bytes.bigEndian16(at: 0) == Self.ethernet,
      bytes.bigEndian16(at: 2) == EtherType.ipv4.rawValue,
      bytes[4] == UInt8(MACAddress.size),
      bytes[5] == UInt8(IPv4Address.size),
      let operation = Operation(rawValue: bytes.bigEndian16(at: 6))
    else { return nil }
    self.operation = operation
    senderHardware = MACAddress(bytes, at: 8)
    senderProtocol = IPv4Address(rawValue: bytes.bigEndian32(at: 14))
    targetHardware = MACAddress(bytes, at: 18)
    targetProtocol = IPv4Address(rawValue: bytes.bigEndian32(at: 24))
  }

  /// Writes the packet to the start of `bytes`, which has to have room for it.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes.store(Self.ethernet, at: 0)
    bytes.store(EtherType.ipv4.rawValue, at: 2)
    bytes[4] = UInt8(MACAddress.size)
    bytes[5] = UInt8(IPv4Address.size)
    bytes.store(operation.rawValue, at: 6)
    senderHardware.emit(into: &bytes, at: 8)
    bytes.store(senderProtocol.rawValue, at: 14)
    targetHardware.emit(into: &bytes, at: 18)
    bytes.store(targetProtocol.rawValue, at: 24)
  }

  /// The reply of a station of address `hardware` to this request.
  public func reply(from hardware: MACAddress) -> ARPPacket {
    ARPPacket(
      operation: .reply, senderHardware: hardware, senderProtocol: targetProtocol,
      targetHardware: senderHardware, targetProtocol: senderProtocol)
  }
}

extension ARPPacket: CustomStringConvertible {
  /// The question or the answer in words.
  public var description: String {
    switch operation {
    case .request: "who has \(targetProtocol), tell \(senderProtocol)"
    case .reply: "\(senderProtocol) is at \(senderHardware)"
    }
  }
}
