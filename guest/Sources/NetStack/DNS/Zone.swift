// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import NetWire

/// The part of the tree of names that a server has authority over, and its records.
public struct Zone: Sendable {
  /// The name at the top.
  public let origin: DNSName
  /// The start of authority.
  public let soa: DNSStartOfAuthority
  /// How long the SOA record may be kept where it stands for something that there is not (RFC 2308,
  /// section 3).
  let negativeTimeToLive: UInt32
  /// The records by name. A name between the origin and one that has records is there too, without
  /// any (RFC 4592, section 2.2.2).
  private(set) var nodes: [DNSName: [DNSRecord]] = [:]

  /// Reads a zone from text in the form of RFC 1035, section 5.1: records of the types A, AAAA, NS,
  /// SOA, MX, TXT, CNAME, PTR and SRV of the class IN, `$ORIGIN`, `$TTL`, `@`, parentheses, comments,
  /// and times with units (`1h30m`). Names are relative to `origin` until the text says something else.
  public init(_ text: String, origin: DNSName? = nil) throws(ZoneError) {
    let records = try ZoneParser(text, origin: origin).records
    var start: (name: DNSName, soa: DNSStartOfAuthority, time: UInt32)?
    for (record, line) in records {
      guard case .soa(let soa) = record.data else { continue }
      guard start == nil else { throw ZoneError(line: line, reason: .secondStartOfAuthority) }
      start = (record.name, soa, record.timeToLive)
    }
    guard let start else { throw ZoneError(line: 0, reason: .noStartOfAuthority) }
    self.origin = start.name
    soa = start.soa
    negativeTimeToLive = min(start.time, start.soa.minimum)
    for (record, line) in records {
      if let reason = insert(record) {
        throw ZoneError(line: line, reason: reason)
      }
    }
    guard nodes[self.origin]?.contains(where: { $0.type == .ns }) == true else {
      throw ZoneError(line: 0, reason: .noNameServer)
    }
  }

  /// Adds a record, unless there is a reason against it.
  private mutating func insert(_ record: DNSRecord) -> ZoneError.Reason? {
    guard record.name.isWithin(origin) else { return .outOfZone }
    let others = nodes[record.name] ?? []
    // A record that stands there twice is one (RFC 2181, section 5).
    if others.contains(record) {
      return nil
    }
    if let other = others.first {
      guard record.type != .cname, other.type != .cname else { return .aliasWithOtherRecords }
    }
    if let other = others.first(where: { $0.type == record.type }) {
      guard other.timeToLive == record.timeToLive else { return .differentTimesToLive }
    }
    nodes[record.name, default: []].append(record)
    var name = record.name
    while name != origin, let parent = name.parent {
      name = parent
      if nodes[name] == nil {
        nodes[name] = []
      }
    }
    return nil
  }

  /// The records of a name and a type.
  func records(_ name: DNSName, _ type: DNSRecordType) -> [DNSRecord] {
    (nodes[name] ?? []).filter { $0.type == type }
  }

  /// The highest name at or above `name` that is delegated to other servers (RFC 1034, section
  /// 4.2.1), if there is one.
  func cut(above name: DNSName) -> DNSName? {
    var cut: DNSName?
    var candidate = name
    while candidate != origin {
      if nodes[candidate]?.contains(where: { $0.type == .ns }) == true {
        cut = candidate
      }
      guard let parent = candidate.parent else { return nil }
      candidate = parent
    }
    return cut
  }
}
