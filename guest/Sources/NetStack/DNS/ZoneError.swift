// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why the text of a zone is none.
public struct ZoneError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// A parenthesis is not closed, or was not opened.
    case unbalancedParenthesis
    /// A string ends with the line.
    case unterminatedString
    /// A word that begins with `$` is not `$ORIGIN` or `$TTL`.
    case unknownDirective
    /// A word is no domain name, or one that is too long.
    case badName
    /// A word is no number, or one that is too large.
    case badNumber
    /// A word is no address.
    case badAddress
    /// A word is no string of at most 255 bytes.
    case badString
    /// The type of a record is not one of those that are known here.
    case unknownType
    /// The class of a record is not `IN`.
    case unknownClass
    /// A record has fewer fields than its type needs.
    case missingField
    /// A record has more fields than its type needs.
    case extraField
    /// The first record does not say whose it is, or a relative name has nothing to stand below.
    case noOrigin
    /// A record does not say how long it may be kept, and neither did `$TTL` or a record before it.
    case noTimeToLive
    /// The name is not in the zone.
    case outOfZone
    /// There is no SOA record.
    case noStartOfAuthority
    /// There is another SOA record.
    case secondStartOfAuthority
    /// There is no NS record of the zone itself.
    case noNameServer
    /// A name that has a CNAME record has others.
    case aliasWithOtherRecords
    /// Records of one name and type may be kept for different times (RFC 2181, section 5.2).
    case differentTimesToLive
  }

  /// The line, from 1 on; 0 for the zone as a whole.
  public var line: Int
  /// What is wrong there.
  public var reason: Reason
}

extension ZoneError: CustomStringConvertible {
  /// The line and the reason in words.
  public var description: String {
    line == 0 ? reason.description : "line \(line): \(reason.description)"
  }
}

extension ZoneError.Reason: CustomStringConvertible {
  /// The reason in words.
  public var description: String {
    switch self {
    case .unbalancedParenthesis: "a parenthesis has no counterpart"
    case .unterminatedString: "a string has no end"
    case .unknownDirective: "only $ORIGIN and $TTL are known"
    case .badName: "not a domain name"
    case .badNumber: "not a number, or too large"
    case .badAddress: "not an address"
    case .badString: "not a string of at most 255 bytes"
    case .unknownType: "the type of the record is unknown"
    case .unknownClass: "the class of the record is not IN"
    case .missingField: "the record is not complete"
    case .extraField: "there is more than the record needs"
    case .noOrigin: "a name is relative to nothing"
    case .noTimeToLive: "the record has no time to live"
    case .outOfZone: "the name is not in the zone"
    case .noStartOfAuthority: "there is no SOA record"
    case .secondStartOfAuthority: "there is a second SOA record"
    case .noNameServer: "there is no NS record of the zone"
    case .aliasWithOtherRecords: "a name with a CNAME record has other records"
    case .differentTimesToLive: "records of one name and type differ in their time to live"
    }
  }
}
