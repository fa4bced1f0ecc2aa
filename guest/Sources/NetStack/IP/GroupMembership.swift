// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire

/// The groups that an interface listens to, and when to tell routers of them: the listener's half of
/// MLD (RFC 3810) and of IGMP (RFC 3376), which are the same but for their formats.
struct GroupMembership: Sendable {
  /// What routers are to be told.
  struct Report: Sendable {
    var record: ListenerReport.Record
    var groups: [IPAddress]
    /// Whether there is a router that knows the version before only.
    var isOldVersion: Bool
  }

  private struct Entry {
    let group: IPAddress
    var users = 0
    /// How often its coming or going remains to be told.
    var repeats = 0
    var changeDue: Instant?
    var answerDue: Instant?
  }

  /// How often a change is told (RFC 3810, section 9.1).
  private static let robustness = 2
  /// The time between two of these.
  private static let interval: UInt64 = 1_000_000_000
  /// How long a router of an old version counts as present (section 9.12).
  private static let oldRouterLifetime: UInt64 = 260_000_000_000

  private(set) var deadline: Instant?
  private var entries: [Entry] = []
  private var oldRouterUntil: Instant?
  private let capacity: Int

  init(capacity: Int = 64) {
    self.capacity = capacity
  }

  /// Whether packets to a group are wanted.
  func contains(_ group: IPAddress) -> Bool {
    entries.contains { $0.group == group && $0.users > 0 }
  }

  /// Adds a user of a group; false when there are too many groups.
  mutating func join(_ group: IPAddress, at now: Instant) -> Bool {
    if let index = entries.firstIndex(where: { $0.group == group }) {
      entries[index].users += 1
      if entries[index].users == 1 {
        tell(index, at: now)
      }
      return true
    }
    guard entries.count < capacity else { return false }
    entries.append(Entry(group: group, users: 1))
    tell(entries.count - 1, at: now)
    return true
  }

  /// Takes a user of a group away.
  mutating func leave(_ group: IPAddress, at now: Instant) {
    guard let index = entries.firstIndex(where: { $0.group == group && $0.users > 0 }) else {
      return
    }
    entries[index].users -= 1
    if entries[index].users == 0 {
      tell(index, at: now)
    }
  }

  /// Takes a router's question for a group, or for all, which is to be answered after a time that is
  /// random up to `limit`.
  mutating func handleQuery(
    for group: IPAddress?, isOldVersion: Bool, limit: UInt64, random: UInt64, at now: Instant
  ) {
    if isOldVersion {
      oldRouterUntil = now.advanced(byNanoseconds: Self.oldRouterLifetime)
    }
    let due = now.advanced(byNanoseconds: limit == 0 ? 0 : random % limit)
    for index in entries.indices where group == nil || entries[index].group == group {
      let earlier = entries[index].answerDue.map { min($0, due) }
      entries[index].answerDue = earlier ?? due
    }
    findDeadline()
  }

  /// The next report to be sent now, on at most `limit` groups; nil for none.
  mutating func nextReport(limit: Int, at now: Instant) -> Report? {
    guard let deadline, deadline <= now else { return nil }
    var report = Report(record: .isExclude, groups: [], isOldVersion: isOldVersion(at: now))
    for index in entries.indices where report.groups.count < limit {
      guard let record = due(index, at: now), report.groups.isEmpty || record == report.record
      else { continue }
      report.record = record
      report.groups.append(entries[index].group)
      advance(index, past: record, at: now)
    }
    entries.removeAll { $0.users == 0 && $0.repeats == 0 }
    findDeadline()
    return report.groups.isEmpty ? nil : report
  }

  private func isOldVersion(at now: Instant) -> Bool {
    oldRouterUntil.map { now < $0 } ?? false
  }

  private mutating func tell(_ index: Int, at now: Instant) {
    entries[index].repeats = Self.robustness
    entries[index].changeDue = now
    findDeadline()
  }

  /// What is to be told of a group now.
  private func due(_ index: Int, at now: Instant) -> ListenerReport.Record? {
    let entry = entries[index]
    if let due = entry.changeDue, due <= now {
      return entry.users > 0 ? .toExclude : .toInclude
    }
    if let due = entry.answerDue, due <= now, entry.users > 0 {
      return .isExclude
    }
    return nil
  }

  private mutating func advance(
    _ index: Int, past record: ListenerReport.Record, at now: Instant
  ) {
    if record == .isExclude {
      entries[index].answerDue = nil
      return
    }
    entries[index].repeats -= 1
    entries[index].changeDue =
      entries[index].repeats > 0 ? now.advanced(byNanoseconds: Self.interval) : nil
  }

  private mutating func findDeadline() {
    deadline = entries.reduce(nil) { first, entry in
      first.earlier(entry.changeDue).earlier(entry.users > 0 ? entry.answerDue : nil)
    }
  }
}
