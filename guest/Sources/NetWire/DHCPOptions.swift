// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The options of a DHCP message (RFC 2132), each a code and bytes.
public struct DHCPOptions: Hashable, Sendable {
  /// What an option is about.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    public let rawValue: UInt8

    /// The code of a number.
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// The network's bits of addresses.
    public static let subnetMask = Code(rawValue: 1)
    /// Addresses of routers, the preferred one first.
    public static let routers = Code(rawValue: 3)
    /// Addresses of domain name servers, the preferred one first.
    public static let nameServers = Code(rawValue: 6)
    /// The name of the client.
    public static let hostName = Code(rawValue: 12)
    /// The domain that names are looked for in.
    public static let domainName = Code(rawValue: 15)
    /// The largest packet of the network.
    public static let interfaceMTU = Code(rawValue: 26)
    /// Addresses of time servers.
    public static let timeServers = Code(rawValue: 42)
    /// The address that the client wants.
    public static let requestedAddress = Code(rawValue: 50)
    /// The seconds of the lease.
    public static let leaseTime = Code(rawValue: 51)
    /// Whether `file` and `sname` hold options.
    public static let overload = Code(rawValue: 52)
    /// The kind of message.
    public static let messageType = Code(rawValue: 53)
    /// The address of the server.
    public static let serverIdentifier = Code(rawValue: 54)
    /// The codes that the client wants.
    public static let parameterRequestList = Code(rawValue: 55)
    /// Words about an error.
    public static let message = Code(rawValue: 56)
    /// The largest message that the sender takes.
    public static let maximumMessageSize = Code(rawValue: 57)
    /// After how many seconds the client renews (T1).
    public static let renewalTime = Code(rawValue: 58)
    /// After how many seconds the client asks any server (T2).
    public static let rebindingTime = Code(rawValue: 59)
    /// What the server knows the client by.
    public static let clientIdentifier = Code(rawValue: 61)
    /// The domains that names are looked for in (RFC 3397).
    public static let domainSearch = Code(rawValue: 119)
  }

  private struct Entry: Hashable, Sendable {
    let code: Code
    var value: [UInt8]
  }

  private static let padding: UInt8 = 0
  private static let end: UInt8 = 255

  private var entries: [Entry] = []

  /// No options.
  public init() {}

  /// The bytes of an option; nil when it is not there. Parts of one that came divided are joined
  /// (RFC 3396).
  public subscript(code: Code) -> [UInt8]? {
    get { entries.first { $0.code == code }?.value }
    set {
      entries.removeAll { $0.code == code }
      if let newValue {
        entries.append(Entry(code: code, value: newValue))
      }
    }
  }

  /// Adds the options of a field; false when they are malformed. Nothing has to stand behind the last
  /// one.
  mutating func read(_ bytes: Span<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count, bytes[index] != Self.end {
      if bytes[index] == Self.padding {
        index += 1
        continue
      }
      guard index + 1 < bytes.count else { return false }
      let start = index + 2
      let end = start + Int(bytes[index + 1])
      guard end <= bytes.count else { return false }
      let code = Code(rawValue: bytes[index])
      let value = (start..<end).map { bytes[$0] }
      if let known = entries.firstIndex(where: { $0.code == code }) {
        entries[known].value += value
      } else {
        entries.append(Entry(code: code, value: value))
      }
      index = end
    }
    return true
  }

  /// The options as they are written, with the end behind them. Long ones are divided (RFC 3396).
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      var rest = entry.value[...]
      repeat {
        let part = rest.prefix(255)
        bytes += [entry.code.rawValue, UInt8(part.count)]
        bytes += part
        rest = rest.dropFirst(part.count)
      } while !rest.isEmpty
    }
    return bytes + [Self.end]
  }
}

extension DHCPOptions {
  /// An option that is a byte.
  public func byte(_ code: Code) -> UInt8? {
    guard let value = self[code], value.count == 1 else { return nil }
    return value[0]
  }

  /// An option that is a number of 16 bits.
  public func number16(_ code: Code) -> UInt16? {
    guard let value = self[code], value.count == 2 else { return nil }
    return value.span.bigEndian16(at: 0)
  }

  /// An option that is a number of 32 bits, such as a time in seconds.
  public func number32(_ code: Code) -> UInt32? {
    guard let value = self[code], value.count == 4 else { return nil }
    return value.span.bigEndian32(at: 0)
  }

  /// An option that is an address.
  public func address(_ code: Code) -> IPv4Address? {
    number32(code).map { IPv4Address(rawValue: $0) }
  }

  /// An option that is a list of addresses; without any when it is not there or malformed.
  public func addresses(_ code: Code) -> [IPv4Address] {
    guard let value = self[code], value.count % IPv4Address.size == 0 else { return [] }
    return stride(from: 0, to: value.count, by: IPv4Address.size).map {
      IPv4Address(rawValue: value.span.bigEndian32(at: $0))
    }
  }

  /// An option that is a list of domain names, compressed (RFC 3397); without any when it is not
  /// there or malformed.
  public func names(_ code: Code) -> [DNSName] {
    guard let value = self[code] else { return [] }
    var names: [DNSName] = []
    var offset = 0
    while offset < value.count {
      guard let name = DNSName(value.span, at: &offset) else { return [] }
      names.append(name)
    }
    return names
  }

  /// Sets an option to a number.
  public mutating func set(_ code: Code, _ number: UInt32) {
    self[code] = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// Sets an option to a number.
  public mutating func set(_ code: Code, _ number: UInt16) {
    self[code] = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
  }

  /// Sets an option to an address.
  public mutating func set(_ code: Code, _ address: IPv4Address) {
    set(code, address.rawValue)
  }

  /// Sets an option to a hardware address behind its type, as a client identifier has it (RFC 2132,
  /// section 9.14).
  public mutating func set(_ code: Code, _ hardware: MACAddress) {
    var bytes = [UInt8](repeating: 1, count: 1 + MACAddress.size)
    var span = bytes.mutableSpan
    hardware.emit(into: &span, at: 1)
    self[code] = bytes
  }
}
