// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A question (RFC 1035, section 4.1.2).
public struct DNSQuestion: Hashable, Sendable {
  /// Of what.
  public var name: DNSName
  /// What is asked for.
  public var type: DNSRecordType
  /// In which kind of network.
  public var questionClass: DNSClass

  /// The question for the records of a type.
  public init(_ name: DNSName, _ type: DNSRecordType, class questionClass: DNSClass = .internet) {
    self.name = name
    self.type = type
    self.questionClass = questionClass
  }

  /// Reads a question at `offset` of a message and moves that behind it.
  public init?(_ message: Span<UInt8>, at offset: inout Int) {
    guard let name = DNSName(message, at: &offset), offset + 4 <= message.count else { return nil }
    self.name = name
    type = DNSRecordType(rawValue: message.bigEndian16(at: offset))
    questionClass = DNSClass(rawValue: message.bigEndian16(at: offset + 2))
    offset += 4
  }
}

/// A resource record (RFC 1035, section 4.1.3).
public struct DNSRecord: Hashable, Sendable {
  /// Whose record it is.
  public var name: DNSName
  /// In which kind of network.
  public var recordClass: DNSClass
  /// How many seconds the record may be kept.
  public var timeToLive: UInt32
  /// What it says.
  public var data: DNSRecordData

  /// A record of these fields.
  public init(
    _ name: DNSName, timeToLive: UInt32, _ data: DNSRecordData,
    class recordClass: DNSClass = .internet
  ) {
    self.name = name
    self.recordClass = recordClass
    self.timeToLive = timeToLive
    self.data = data
  }

  /// Its type.
  public var type: DNSRecordType { data.type }

  /// Reads a record at `offset` of a message and moves that behind it.
  public init?(_ message: Span<UInt8>, at offset: inout Int) {
    guard let name = DNSName(message, at: &offset), offset + 10 <= message.count else { return nil }
    let type = DNSRecordType(rawValue: message.bigEndian16(at: offset))
    let start = offset + 10
    let end = start + Int(message.bigEndian16(at: offset + 8))
    guard end <= message.count,
      let data = DNSRecordData(type, message.extracting(..<end), at: start)
    else { return nil }
    self.name = name
    recordClass = DNSClass(rawValue: message.bigEndian16(at: offset + 2))
    timeToLive = message.bigEndian32(at: offset + 4)
    self.data = data
    offset = end
  }

  /// How many seconds the record may be kept. A number that would be negative means none (RFC 2181,
  /// section 8).
  public var lifetimeSeconds: UInt32 { timeToLive >> 31 == 0 ? timeToLive : 0 }
}
