// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What a zone answers to a question (RFC 1034, section 4.3.2).
struct ZoneAnswer {
  var code = DNSResponseCode.noError
  /// AA: whether the zone, not one that it delegates, has the name of the question.
  var isAuthoritative = true
  var answers: [DNSRecord] = []
  var authorities: [DNSRecord] = []
  var additional: [DNSRecord] = []

  /// Whether other servers are named that know the answer, whose addresses have to be there (RFC
  /// 9471).
  var isReferral: Bool { !isAuthoritative }

  /// No question follows more aliases than these.
  static let aliasLimit = 8

  /// The answer to the question for the records of `type` of `name`, which is in the zone.
  init(_ name: DNSName, _ type: DNSRecordType, in zone: Zone) {
    var owner = name
    for _ in 0..<Self.aliasLimit {
      guard owner.isWithin(zone.origin) else { return }
      // The delegating zone has a DS record, if there is one.
      if let cut = zone.cut(above: owner), cut != owner || type != .ds {
        refer(to: cut, in: zone)
        return
      }
      guard let records = Self.find(owner, in: zone) else {
        code = .nameError
        deny(in: zone)
        return
      }
      if type == .any {
        answers.append(Self.anything(owner))
        return
      }
      let found = records.filter { $0.type == type }
      for record in found {
        append(record, owner)
      }
      if !found.isEmpty {
        addAddresses(of: found, in: zone)
        return
      }
      guard let alias = records.first(where: { $0.type == .cname }),
        case .cname(let target) = alias.data
      else {
        deny(in: zone)
        return
      }
      append(alias, owner)
      owner = target
    }
  }

  /// The answer to any question of a name that `zone` has not.
  init(absentFrom zone: Zone) {
    code = .nameError
    deny(in: zone)
  }

  /// The records of a name, or of the wildcard that stands for it (RFC 4592, section 3.3.1); nil when
  /// there is no such name.
  static func find(_ name: DNSName, in zone: Zone) -> [DNSRecord]? {
    if let records = zone.nodes[name] {
      return records
    }
    var encloser = name
    while let parent = encloser.parent {
      encloser = parent
      if zone.nodes[encloser] != nil {
        return encloser.child("*".utf8).flatMap { zone.nodes[$0] }
      }
    }
    return nil
  }

  /// What stands for all records of a name (RFC 8482, section 4.2).
  private static func anything(_ owner: DNSName) -> DNSRecord {
    let system = Array("RFC8482".utf8)
    return DNSRecord(
      owner, timeToLive: 3600, .other(.hinfo, [UInt8(system.count)] + system + [0]))
  }

  private mutating func append(_ record: DNSRecord, _ owner: DNSName) {
    answers.append(DNSRecord(owner, timeToLive: record.timeToLive, record.data))
  }

  /// Says until when there is not what was asked for (RFC 2308, section 2).
  private mutating func deny(in zone: Zone) {
    authorities.append(
      DNSRecord(zone.origin, timeToLive: zone.negativeTimeToLive, .soa(zone.soa)))
  }

  private mutating func refer(to cut: DNSName, in zone: Zone) {
    isAuthoritative = !answers.isEmpty
    authorities = zone.records(cut, .ns)
    addAddresses(of: authorities, in: zone)
  }

  /// The addresses of the hosts that records name, as far as the zone has them.
  private mutating func addAddresses(of records: [DNSRecord], in zone: Zone) {
    for record in records {
      let host: DNSName
      switch record.data {
      case .ns(let name): host = name
      case .mx(_, let name): host = name
      case .srv(let service): host = service.target
      case .a, .aaaa, .cname, .ptr, .soa, .txt, .other: continue
      }
      for type in [DNSRecordType.a, .aaaa] {
        for address in zone.records(host, type) where !additional.contains(address) {
          additional.append(address)
        }
      }
    }
  }
}
