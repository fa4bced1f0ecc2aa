// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

@testable import NetStack

private func seconds(_ count: UInt64) -> Instant {
  Instant(nanoseconds: count * 1_000_000_000)
}

struct GroupMembershipTests {
  private var groups = GroupMembership<Int>()

  @Test mutating func tellsOfANewGroupTwice() {
    let joined = groups.join(7, at: seconds(0))
    #expect(joined)
    #expect(groups.contains(7))
    let first = groups.nextReport(limit: 8, at: seconds(0))
    #expect(first?.record == .toExclude)
    #expect(first?.groups == [7])
    let early = groups.nextReport(limit: 8, at: seconds(0))
    #expect(early == nil)
    #expect(groups.deadline == seconds(1))
    let second = groups.nextReport(limit: 8, at: seconds(1))
    #expect(second?.groups == [7])
    #expect(groups.deadline == nil)
  }

  @Test mutating func tellsOfTheEndOfTheLastUser() {
    _ = groups.join(7, at: seconds(0))
    _ = groups.join(7, at: seconds(0))
    groups.leave(7, at: seconds(0))
    #expect(groups.contains(7))
    groups.leave(7, at: seconds(0))
    groups.leave(7, at: seconds(0))
    #expect(!groups.contains(7))
    for second: UInt64 in 0..<2 {
      let report = groups.nextReport(limit: 8, at: seconds(second))
      #expect(report?.record == .toInclude)
      #expect(report?.groups == [7])
    }
    let last = groups.nextReport(limit: 8, at: seconds(9))
    #expect(last == nil)
  }

  @Test mutating func answersAQueryInTime() {
    _ = groups.join(7, at: seconds(0))
    _ = groups.join(8, at: seconds(0))
    while groups.nextReport(limit: 8, at: seconds(5)) != nil {}
    _ = groups.nextReport(limit: 8, at: seconds(6))
    groups.handleQuery(
      for: nil, isOldVersion: false, limit: 10_000_000_000, random: 123_456_789_012,
      at: seconds(10))
    let early = groups.nextReport(limit: 8, at: seconds(10))
    #expect(early == nil)
    let answer = groups.nextReport(limit: 8, at: seconds(20))
    #expect(answer?.record == .isExclude)
    #expect(answer?.groups == [7, 8])
    #expect(answer?.isOldVersion == false)
    let more = groups.nextReport(limit: 8, at: seconds(20))
    #expect(more == nil)
  }

  @Test mutating func answersForOneGroup() {
    _ = groups.join(7, at: seconds(0))
    _ = groups.join(8, at: seconds(0))
    _ = groups.nextReport(limit: 8, at: seconds(0))
    _ = groups.nextReport(limit: 8, at: seconds(1))
    groups.handleQuery(for: 8, isOldVersion: true, limit: 0, random: 1, at: seconds(2))
    let answer = groups.nextReport(limit: 8, at: seconds(2))
    #expect(answer?.groups == [8])
    #expect(answer?.isOldVersion == true)
    groups.handleQuery(for: 9, isOldVersion: false, limit: 0, random: 1, at: seconds(3))
    let none = groups.nextReport(limit: 8, at: seconds(3))
    #expect(none == nil)
  }

  @Test mutating func reportsAreDivided() {
    for group in 0..<5 {
      _ = groups.join(group, at: seconds(0))
    }
    let sizes = (0..<3).map { _ in groups.nextReport(limit: 2, at: seconds(0))?.groups.count }
    #expect(sizes == [2, 2, 1])
    let next = groups.nextReport(limit: 2, at: seconds(0))
    #expect(next == nil)
  }

  @Test mutating func isBounded() {
    let joined = (0..<100).filter { groups.join($0, at: seconds(0)) }
    #expect(joined.count == 64)
  }
}
