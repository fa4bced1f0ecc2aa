// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// What servers have said, for as long as it may be kept.
public struct DNSCache: Sendable {
  /// What came of a question.
  enum Outcome: Hashable, Sendable {
    case addresses([IPAddress])
    case noData
    case nameError
    case failed(DNSLookupError)
  }

  private struct Key: Hashable {
    let name: DNSName
    let type: DNSRecordType
  }

  private struct Entry {
    let outcome: Outcome
    let expiry: Instant
  }

  /// The most seconds that something is kept.
  private static let longest: UInt32 = 86_400
  /// The most seconds that the absence of something is kept (RFC 2308, section 5).
  private static let longestNegative: UInt32 = 3600

  private let capacity: Int
  private var entries: [Key: Entry] = [:]

  /// An empty cache for the answers to up to `capacity` questions.
  public init(capacity: Int = 256) {
    precondition(capacity > 0, "a cache for nothing")
    self.capacity = capacity
  }

  /// The number of questions whose answers are kept.
  public var count: Int { entries.count }

  func outcome(_ name: DNSName, _ type: DNSRecordType, at now: Instant) -> Outcome? {
    guard let entry = entries[Key(name: name, type: type)], now < entry.expiry else { return nil }
    return entry.outcome
  }

  /// Keeps the answer to a question for some seconds. When there is no room, what would be forgotten
  /// first is forgotten now.
  mutating func insert(
    _ outcome: Outcome, _ name: DNSName, _ type: DNSRecordType, seconds: UInt32, at now: Instant
  ) {
    let limit: UInt32
    switch outcome {
    case .addresses: limit = Self.longest
    case .noData, .nameError: limit = Self.longestNegative
    case .failed: return
    }
    let key = Key(name: name, type: type)
    guard seconds > 0 else {
      entries[key] = nil
      return
    }
    if entries[key] == nil, entries.count >= capacity,
      let first = entries.min(by: { $0.value.expiry < $1.value.expiry })
    {
      entries[first.key] = nil
    }
    let expiry = now.advanced(byNanoseconds: UInt64(min(seconds, limit)) * 1_000_000_000)
    entries[key] = Entry(outcome: outcome, expiry: expiry)
  }
}
