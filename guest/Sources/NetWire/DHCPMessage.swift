// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A message of the Dynamic Host Configuration Protocol for IPv4 over Ethernet (RFC 2131, section 2).
///
///      0    1       2      3      4     8      10      12     16, 20, 24              28
///     | op | htype | hlen | hops | xid | secs | flags | ciaddr, yiaddr, siaddr, giaddr | chaddr
///      44      108    236            240
///     | sname | file | magic cookie | options
public struct DHCPMessage: Hashable, Sendable {
  /// The port of servers.
  public static let serverPort: UInt16 = 67
  /// The port of clients.
  public static let clientPort: UInt16 = 68

  /// Who sends the message.
  public enum Operation: UInt8, Sendable {
    /// A client.
    case request = 1
    /// A server.
    case reply = 2
  }

  /// What the message is for (RFC 2131, section 3.1).
  public enum Kind: UInt8, Sendable {
    /// DHCPDISCOVER: a client looks for servers.
    case discover = 1
    /// DHCPOFFER: a server offers an address.
    case offer = 2
    /// DHCPREQUEST: a client takes an offer, or wants to keep its address.
    case request = 3
    /// DHCPDECLINE: a client says that the address is used by somebody else.
    case decline = 4
    /// DHCPACK: a server confirms the address.
    case acknowledgment = 5
    /// DHCPNAK: a server says that the client must not use the address.
    case negativeAcknowledgment = 6
    /// DHCPRELEASE: a client gives its address back.
    case release = 7
    /// DHCPINFORM: a client that has an address wants to know the rest.
    case inform = 8
  }

  private static let ethernet: UInt8 = 1
  private static let magic: UInt32 = 0x6382_5363
  private static let fixedSize = 240
  private static let serverName = 44..<108
  private static let file = 108..<236
  /// The smallest message of BOOTP, which relay agents may expect (RFC 1542, section 2.1).
  private static let smallestSize = 300

  /// op: who sends the message.
  public var operation: Operation
  /// What the message is for.
  public var kind: Kind
  /// xid: what the client knows the answer by.
  public var transaction: UInt32
  /// secs: since when the client tries, in seconds.
  public var seconds: UInt16 = 0
  /// B: whether the client can only receive what is sent to everybody.
  public var isBroadcast = false
  /// ciaddr: the address of the client, if it can already be reached there.
  public var clientAddress = IPv4Address(rawValue: 0)
  /// yiaddr: the address that the client gets.
  public var yourAddress = IPv4Address(rawValue: 0)
  /// siaddr: the next server of the boot.
  public var nextServer = IPv4Address(rawValue: 0)
  /// giaddr: the relay agent.
  public var relayAgent = IPv4Address(rawValue: 0)
  /// chaddr: the client.
  public var clientHardware: MACAddress
  /// The options, all but the kind of message.
  public var options = DHCPOptions()

  /// A message without options.
  public init(
    _ operation: Operation, _ kind: Kind, transaction: UInt32, clientHardware: MACAddress
  ) {
    self.operation = operation
    self.kind = kind
    self.transaction = transaction
    self.clientHardware = clientHardware
  }

  /// Reads a message; nil when it is malformed, not for Ethernet, or one of BOOTP.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.fixedSize, let operation = Operation(rawValue: bytes[0]),
      bytes[1] == Self.ethernet, bytes[2] == UInt8(MACAddress.size),
      bytes.bigEndian32(at: 236) == Self.magic,
      let options = Self.options(bytes),
      let kind = options.byte(.messageType).flatMap({ Kind(rawValue: $0) })
    else { return nil }
    self.operation = operation
    self.kind = kind
    transaction = bytes.bigEndian32(at: 4)
    seconds = bytes.bigEndian16(at: 8)
    isBroadcast = bytes[10] & 0x80 != 0
    clientAddress = IPv4Address(rawValue: bytes.bigEndian32(at: 12))
    yourAddress = IPv4Address(rawValue: bytes.bigEndian32(at: 16))
    nextServer = IPv4Address(rawValue: bytes.bigEndian32(at: 20))
    relayAgent = IPv4Address(rawValue: bytes.bigEndian32(at: 24))
    clientHardware = MACAddress(bytes, at: 28)
    self.options = options
    self.options[.messageType] = nil
    self.options[.overload] = nil
  }

  /// The options of all fields, in the order of RFC 2131, section 4.1.
  private static func options(_ bytes: Span<UInt8>) -> DHCPOptions? {
    var options = DHCPOptions()
    guard options.read(bytes.extracting(fixedSize...)) else { return nil }
    let overload = options.byte(.overload) ?? 0
    if overload & 1 != 0 {
      guard options.read(bytes.extracting(file)) else { return nil }
    }
    if overload & 2 != 0 {
      guard options.read(bytes.extracting(serverName)) else { return nil }
    }
    return options
  }

  /// The bytes on the wire.
  public func encoded() -> [UInt8] {
    var all = DHCPOptions()
    all[.messageType] = [kind.rawValue]
    let options = all.encoded().dropLast() + options.encoded()
    let size = max(Self.smallestSize, Self.fixedSize + options.count)
    var bytes = [UInt8](repeating: 0, count: Self.fixedSize) + options
    bytes += [UInt8](repeating: 0, count: size - bytes.count)
    var span = bytes.mutableSpan
    span[0] = operation.rawValue
    span[1] = Self.ethernet
    span[2] = UInt8(MACAddress.size)
    span.store(transaction, at: 4)
    span.store(seconds, at: 8)
    span.store(UInt16(isBroadcast ? 0x8000 : 0), at: 10)
    span.store(clientAddress.rawValue, at: 12)
    span.store(yourAddress.rawValue, at: 16)
    span.store(nextServer.rawValue, at: 20)
    span.store(relayAgent.rawValue, at: 24)
    clientHardware.emit(into: &span, at: 28)
    span.store(Self.magic, at: 236)
    return bytes
  }
}
