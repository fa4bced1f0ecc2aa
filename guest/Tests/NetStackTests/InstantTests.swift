// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import NetStack
import Testing

struct InstantTests {
  @Test func advancingStopsAtTheEnd() {
    let instant = Instant(nanoseconds: .max - 1)
    #expect(instant.advanced(byNanoseconds: 5).nanoseconds == .max)
  }

  @Test func noTimeHasPassedSinceTheFuture() {
    let now = Instant(nanoseconds: 5)
    #expect(now.nanoseconds(since: Instant(nanoseconds: 7)) == 0)
    #expect(now.nanoseconds(since: Instant(nanoseconds: 2)) == 3)
  }
}
