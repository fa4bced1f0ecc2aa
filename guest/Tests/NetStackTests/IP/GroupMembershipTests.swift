// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetWire
import Testing

@testable import NetStack

private func seconds(_ count: UInt64) -> Instant {
  Instant(nanoseconds: count * 1_000_000_000)
}

/// The group of a number.
private func group(_ number: Int) -> IPAddress {
  .v6(IPv6Address(high: 0xff02 << 48, low: UInt64(number)))
}

struct GroupMembershipTests {
  private var groups = GroupMembership()

  @Test mutating func tellsOfANewGroupTwice() {
    let joined = groups.join(group(7), at: seconds(0))
    #expect(joined)
    #expect(groups.contains(group(7)))
    let first = groups.nextReport(limit: 8, at: seconds(0))
    #expect(first?.record == .toExclude)
    #expect(first?.groups == [group(7)])
    let early = groups.nextReport(limit: 8, at: seconds(0))
    #expect(early == nil)
    #expect(groups.deadline == seconds(1))
    let second = groups.nextReport(limit: 8, at: seconds(1))
    #expect(second?.groups == [group(7)])
    #expect(groups.deadline == nil)
  }

  @Test mutating func tellsOfTheEndOfTheLastUser() {
    _ = groups.join(group(7), at: seconds(0))
    _ = groups.join(group(7), at: seconds(0))
    groups.leave(group(7), at: seconds(0))
    #expect(groups.contains(group(7)))
    groups.leave(group(7), at: seconds(0))
    groups.leave(group(7), at: seconds(0))
    #expect(!groups.contains(group(7)))
    for second: UInt64 in 0..<2 {
      let report = groups.nextReport(limit: 8, at: seconds(second))
      #expect(report?.record == .toInclude)
      #expect(report?.groups == [group(7)])
    }
    let last = groups.nextReport(limit: 8, at: seconds(9))
    #expect(last == nil)
  }

  @Test mutating func answersAQueryInTime() {
    _ = groups.join(group(7), at: seconds(0))
    _ = groups.join(group(8), at: seconds(0))
    while groups.nextReport(limit: 8, at: seconds(5)) != nil {}
    _ = groups.nextReport(limit: 8, at: seconds(6))
    groups.handleQuery(
      for: nil, isOldVersion: false, limit: 10_000_000_000, random: 123_456_789_012,
      at: seconds(10))
    let early = groups.nextReport(limit: 8, at: seconds(10))
    #expect(early == nil)
    let answer = groups.nextReport(limit: 8, at: seconds(20))
    #expect(answer?.record == .isExclude)
    #expect(answer?.groups == [group(7), group(8)])
    #expect(answer?.isOldVersion == false)
    let more = groups.nextReport(limit: 8, at: seconds(20))
    #expect(more == nil)
  }

  @Test mutating func answersForOneGroup() {
    _ = groups.join(group(7), at: seconds(0))
    _ = groups.join(group(8), at: seconds(0))
    _ = groups.nextReport(limit: 8, at: seconds(0))
    _ = groups.nextReport(limit: 8, at: seconds(1))
    groups.handleQuery(for: group(8), isOldVersion: true, limit: 0, random: 1, at: seconds(2))
    let answer = groups.nextReport(limit: 8, at: seconds(2))
    #expect(answer?.groups == [group(8)])
    #expect(answer?.isOldVersion == true)
    groups.handleQuery(for: group(9), isOldVersion: false, limit: 0, random: 1, at: seconds(3))
    let none = groups.nextReport(limit: 8, at: seconds(3))
    #expect(none == nil)
  }

  @Test mutating func reportsAreDivided() {
    for number in 0..<5 {
      _ = groups.join(group(number), at: seconds(0))
    }
    let sizes = (0..<3).map { _ in groups.nextReport(limit: 2, at: seconds(0))?.groups.count }
    #expect(sizes == [2, 2, 1])
    let next = groups.nextReport(limit: 2, at: seconds(0))
    #expect(next == nil)
  }

  @Test mutating func isBounded() {
    let joined = (0..<100).filter { groups.join(group($0), at: seconds(0)) }
    #expect(joined.count == 64)
  }
}
