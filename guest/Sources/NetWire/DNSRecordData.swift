// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a resource record says (RFC 1035, section 3.3).
public enum DNSRecordData: Hashable, Sendable {
  /// An IPv4 address.
  case a(IPv4Address)
  /// An IPv6 address (RFC 3596).
  case aaaa(IPv6Address)
  /// A name server of a zone.
  case ns(DNSName)
  /// The name that this one is an alias of.
  case cname(DNSName)
  /// A name that this one points to.
  case ptr(DNSName)
  /// The start of a zone of authority.
  case soa(DNSStartOfAuthority)
  /// A mail exchange; of several, the one of the lowest preference is tried first.
  case mx(preference: UInt16, exchange: DNSName)
  /// Text, in strings of up to 255 bytes each.
  case txt([[UInt8]])
  /// Where a service is.
  case srv(DNSService)
  /// Bytes of another type.
  case other(DNSRecordType, [UInt8])

  /// The type that says this.
  public var type: DNSRecordType {
    switch self {
    case .a: .a
    case .aaaa: .aaaa
    case .ns: .ns
    case .cname: .cname
    case .ptr: .ptr
    case .soa: .soa
    case .mx: .mx
    case .txt: .txt
    case .srv: .srv
    case .other(let type, _): type
    }
  }

  /// Reads the data of a record from `start` up to the end of `message`, which is cut there: names
  /// may lead to what stands before.
  init?(_ type: DNSRecordType, _ message: Span<UInt8>, at start: Int) {
    var offset = start
    let count = message.count - start
    func name(behind prefix: Int) -> DNSName? {
      offset = start + prefix
      guard count > prefix, let name = DNSName(message, at: &offset) else { return nil }
      return name
    }
    switch type {
    case .a:
      guard count == IPv4Address.size else { return nil }
      self = .a(IPv4Address(rawValue: message.bigEndian32(at: start)))
      offset = message.count
    case .aaaa:
      guard count == IPv6Address.size else { return nil }
      self = .aaaa(IPv6Address(message, at: start))
      offset = message.count
    case .ns, .cname, .ptr:
      guard let name = name(behind: 0) else { return nil }
      self = type == .ns ? .ns(name) : type == .cname ? .cname(name) : .ptr(name)
    case .soa:
      guard let soa = DNSStartOfAuthority(message, at: &offset) else { return nil }
      self = .soa(soa)
    case .mx:
      guard let exchange = name(behind: 2) else { return nil }
      self = .mx(preference: message.bigEndian16(at: start), exchange: exchange)
    case .txt:
      guard let strings = Self.strings(message, at: &offset) else { return nil }
      self = .txt(strings)
    case .srv:
      guard let target = name(behind: 6) else { return nil }
      self = .srv(
        DNSService(
          priority: message.bigEndian16(at: start), weight: message.bigEndian16(at: start + 2),
          port: message.bigEndian16(at: start + 4), target: target))
    default:
      self = .other(type, (start..<message.count).map { message[$0] })
      offset = message.count
    }
    guard offset == message.count else { return nil }
  }

  /// The character strings up to the end, of which there has to be at least one.
  private static func strings(_ message: Span<UInt8>, at offset: inout Int) -> [[UInt8]]? {
    var strings: [[UInt8]] = []
    while offset < message.count {
      let end = offset + 1 + Int(message[offset])
      guard end <= message.count else { return nil }
      strings.append((offset + 1..<end).map { message[$0] })
      offset = end
    }
    return strings.isEmpty ? nil : strings
  }
}

/// The start of a zone of authority (RFC 1035, section 3.3.13).
public struct DNSStartOfAuthority: Hashable, Sendable {
  /// MNAME: the name server that the zone's data comes from.
  public var primary: DNSName
  /// RNAME: the mailbox of who is responsible.
  public var mailbox: DNSName
  /// SERIAL: the version of the zone.
  public var serial: UInt32
  /// REFRESH: after how many seconds a secondary server looks for a new version.
  public var refresh: UInt32
  /// RETRY: after how many seconds it tries again.
  public var retry: UInt32
  /// EXPIRE: after how many seconds without success it stops to answer.
  public var expire: UInt32
  /// MINIMUM: how many seconds the absence of something may be kept (RFC 2308, section 4).
  public var minimum: UInt32

  /// The start of a zone of these fields.
  public init(
    primary: DNSName, mailbox: DNSName, serial: UInt32, refresh: UInt32, retry: UInt32,
    expire: UInt32, minimum: UInt32
  ) {
    self.primary = primary
    self.mailbox = mailbox
    self.serial = serial
    self.refresh = refresh
    self.retry = retry
    self.expire = expire
    self.minimum = minimum
  }

  init?(_ message: Span<UInt8>, at offset: inout Int) {
    guard let primary = DNSName(message, at: &offset),
      let mailbox = DNSName(message, at: &offset), offset + 20 <= message.count
    else { return nil }
    self.primary = primary
    self.mailbox = mailbox
    serial = message.bigEndian32(at: offset)
    refresh = message.bigEndian32(at: offset + 4)
    retry = message.bigEndian32(at: offset + 8)
    expire = message.bigEndian32(at: offset + 12)
    minimum = message.bigEndian32(at: offset + 16)
    offset += 20
  }
}

/// Where a service is (RFC 2782).
public struct DNSService: Hashable, Sendable {
  /// The lowest is tried first.
  public var priority: UInt16
  /// How often, in proportion, this one is taken among those of one priority.
  public var weight: UInt16
  /// The port.
  public var port: UInt16
  /// The host.
  public var target: DNSName

  /// A service at a port of a host.
  public init(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName) {
    self.priority = priority
    self.weight = weight
    self.port = port
    self.target = target
  }
}
