// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What a resource record says or what a question asks for: TYPE and QTYPE (RFC 1035, section 3.2.2).
public struct DNSRecordType: RawRepresentable, Hashable, Sendable {
  /// The number on the wire.
  public let rawValue: UInt16

  /// The type of a number.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// An IPv4 address.
  public static let a = DNSRecordType(rawValue: 1)
  /// A name server of a zone.
  public static let ns = DNSRecordType(rawValue: 2)
  /// The name that this one is an alias of.
  public static let cname = DNSRecordType(rawValue: 5)
  /// The start of a zone of authority.
  public static let soa = DNSRecordType(rawValue: 6)
  /// A name that this one points to.
  public static let ptr = DNSRecordType(rawValue: 12)
  /// What a host is made of; an answer to `any` (RFC 8482).
  public static let hinfo = DNSRecordType(rawValue: 13)
  /// A mail exchange.
  public static let mx = DNSRecordType(rawValue: 15)
  /// Text.
  public static let txt = DNSRecordType(rawValue: 16)
  /// An IPv6 address (RFC 3596).
  public static let aaaa = DNSRecordType(rawValue: 28)
  /// Where a service is (RFC 2782).
  public static let srv = DNSRecordType(rawValue: 33)
  /// What the sender of a message can do (RFC 6891).
  public static let opt = DNSRecordType(rawValue: 41)
  /// The key of a delegated zone (RFC 4034), which the parent zone is asked for.
  public static let ds = DNSRecordType(rawValue: 43)
  /// In a question: whatever there is.
  public static let any = DNSRecordType(rawValue: 255)

  /// Whether only a question or a message has it, and no zone: 128 to 255 (RFC 6895, section 3.1).
  public var isMeta: Bool { rawValue == Self.opt.rawValue || 128...255 ~= rawValue }
}

extension DNSRecordType: CustomStringConvertible {
  /// The mnemonic, or the number behind `TYPE` (RFC 3597, section 5).
  public var description: String {
    switch self {
    case .a: "A"
    case .ns: "NS"
    case .cname: "CNAME"
    case .soa: "SOA"
    case .ptr: "PTR"
    case .hinfo: "HINFO"
    case .mx: "MX"
    case .txt: "TXT"
    case .aaaa: "AAAA"
    case .srv: "SRV"
    case .opt: "OPT"
    case .ds: "DS"
    case .any: "ANY"
    default: "TYPE\(rawValue)"
    }
  }
}

/// What kind of network a record is for: CLASS and QCLASS (RFC 1035, section 3.2.4).
public struct DNSClass: RawRepresentable, Hashable, Sendable {
  /// The number on the wire.
  public let rawValue: UInt16

  /// The class of a number.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// The Internet.
  public static let internet = DNSClass(rawValue: 1)
}

/// What came of a query: RCODE (RFC 1035, section 4.1.1), extended by RFC 6891.
public struct DNSResponseCode: RawRepresentable, Hashable, Sendable {
  /// The number, of up to 12 bits.
  public let rawValue: UInt16

  /// The code of a number.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// NOERROR
  public static let noError = DNSResponseCode(rawValue: 0)
  /// FORMERR: the server could not read the query.
  public static let formatError = DNSResponseCode(rawValue: 1)
  /// SERVFAIL: the server had a problem.
  public static let serverFailure = DNSResponseCode(rawValue: 2)
  /// NXDOMAIN: there is no such name.
  public static let nameError = DNSResponseCode(rawValue: 3)
  /// NOTIMP: the server does not know such queries.
  public static let notImplemented = DNSResponseCode(rawValue: 4)
  /// REFUSED: the server does not want to.
  public static let refused = DNSResponseCode(rawValue: 5)
  /// BADVERS: the server does not know the version of EDNS (RFC 6891, section 6.1.3).
  public static let badVersion = DNSResponseCode(rawValue: 16)
}
