// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The options of the messages of Neighbor Discovery (RFC 4861, section 4.6; RFC 8106). What is not
/// known is skipped.
public struct NDPOptions: Hashable, Sendable {
  /// What a router tells of a prefix (section 4.6.2).
  public struct Prefix: Hashable, Sendable {
    /// The prefix, and how long it is.
    public var prefix: IPv6Prefix
    /// Whether hosts with the prefix are on the link.
    public var isOnLink: Bool
    /// Whether hosts may make themselves addresses with it (RFC 4862).
    public var isAutonomous: Bool
    /// How long it is valid, in seconds; all ones for ever.
    public var validSeconds: UInt32
    /// How long addresses with it are to be preferred to others.
    public var preferredSeconds: UInt32
  }

  /// A server that resolves names (RFC 8106, section 5.1).
  public struct NameServer: Hashable, Sendable {
    /// Its address.
    public var address: IPv6Address
    /// How long it may be used, in seconds; all ones for ever, 0 for no longer.
    public var seconds: UInt32
  }

  private enum Kind {
    static let sourceHardware: UInt8 = 1
    static let targetHardware: UInt8 = 2
    static let prefix: UInt8 = 3
    static let mtu: UInt8 = 5
    static let nonce: UInt8 = 14
    static let nameServers: UInt8 = 25
  }

  /// More prefixes or servers in one message than anybody needs.
  private static let listLimit = 8

  /// The hardware address of the sender.
  public var sourceHardware: MACAddress?
  /// The hardware address of the target.
  public var targetHardware: MACAddress?
  /// The MTU of the link.
  public var mtu: UInt32?
  /// A number by which a sender knows its own message again, 48 bits (RFC 7527).
  public var nonce: UInt64?
  /// The prefixes of the link. They are read, not written.
  public private(set) var prefixes: [Prefix] = []
  /// Servers that resolve names. They are read, not written.
  public private(set) var nameServers: [NameServer] = []

  /// No options.
  public init() {}

  /// Reads options; nil when one has no length or is not whole.
  init?(_ bytes: Span<UInt8>) {
    var offset = 0
    while offset < bytes.count {
      guard bytes.count - offset >= 8 else { return nil }
      let size = Int(bytes[offset + 1]) * 8
      guard size > 0, size <= bytes.count - offset else { return nil }
      read(bytes.extracting(offset..<offset + size))
      offset += size
    }
  }

  /// Reads one option, of at least 8 bytes.
  private mutating func read(_ option: Span<UInt8>) {
    switch (option[0], option.count) {
    case (Kind.sourceHardware, 8): sourceHardware = MACAddress(option, at: 2)
    case (Kind.targetHardware, 8): targetHardware = MACAddress(option, at: 2)
    case (Kind.mtu, 8): mtu = option.bigEndian32(at: 4)
    case (Kind.nonce, 8): nonce = option.bigEndian64(at: 0) & 0xffff_ffff_ffff
    case (Kind.prefix, 32):
      guard prefixes.count < Self.listLimit,
        let prefix = IPv6Prefix(address: IPv6Address(option, at: 16), length: Int(option[2]))
      else { return }
      prefixes.append(
        Prefix(
          prefix: prefix, isOnLink: option[3] & 0x80 != 0, isAutonomous: option[3] & 0x40 != 0,
          validSeconds: option.bigEndian32(at: 4), preferredSeconds: option.bigEndian32(at: 8)))
    case (Kind.nameServers, 24...):
      let seconds = option.bigEndian32(at: 4)
      for offset in stride(from: 8, through: option.count - 16, by: 16)
      where nameServers.count < Self.listLimit {
        nameServers.append(NameServer(address: IPv6Address(option, at: offset), seconds: seconds))
      }
    default: return
    }
  }

  /// The bytes of the options that are written.
  var encodedSize: Int {
    (sourceHardware == nil ? 0 : 8) + (targetHardware == nil ? 0 : 8) + (nonce == nil ? 0 : 8)
  }

  /// Writes the hardware addresses and the nonce to `start`, where there has to be room for them.
  func emit(into bytes: inout MutableSpan<UInt8>, at start: Int) {
    var offset = start
    func put(_ kind: UInt8, _ value: UInt64) {
      let head = UInt64(kind) << 56 | 1 << 48
      bytes.store(head | value & 0xffff_ffff_ffff, at: offset)
      offset += 8
    }
    if let sourceHardware {
      put(Kind.sourceHardware, sourceHardware.rawValue)
    }
    if let targetHardware {
      put(Kind.targetHardware, targetHardware.rawValue)
    }
    if let nonce {
      put(Kind.nonce, nonce)
    }
  }
}
