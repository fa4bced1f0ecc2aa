// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import Testing

@testable import Tender

/// When a thread looks again instead of sleeping, and waits for more instead of returning.
@Suite struct SpinTests {
  @Test func onlyAShortSleepMakesTheNextWaitSpin() {
    var spin = AdaptiveSpin()
    let goesOn = spin.goesOn()
    #expect(!goesOn)
    spin.slept(AdaptiveSpin.nanoseconds)
    let goesOnAfterALongSleep = spin.goesOn()
    #expect(!goesOnAfterALongSleep)
    spin.slept(AdaptiveSpin.nanoseconds - 1)
    let goesOnAfterAShortSleep = spin.goesOn()
    #expect(goesOnAfterAShortSleep == (processorCount > 1))
  }

  @Test func spinningEnds() {
    var spin = AdaptiveSpin()
    spin.slept(0)
    let start = monotonicNanoseconds()
    while spin.goesOn() {}
    #expect(monotonicNanoseconds() - start < 1_000_000_000)
    // The next wait spins again, but for no longer than it may take in all.
    spin.restart()
    let goesOn = spin.goesOn(atMost: 0)
    #expect(!goesOn)
  }

  @Test func whatIsUselessIsNotDone() {
    var spin = AdaptiveSpin(isUseful: false)
    spin.slept(0)
    let goesOn = spin.goesOn()
    #expect(!goesOn)
  }

  @Test func sparseTrafficIsNeverKept() {
    var batching = Batching()
    for _ in 0..<10 {
      batching.guestCame(at: monotonicNanoseconds())
      let goesOn = batching.waitsForMore(than: 1)
      #expect(!goesOn)
      batching.guestGoes()
    }
  }

  @Test func denseTrafficIsKeptForAsLongAsTheGuestWasAway() {
    var batching = Batching()
    batching.guestCame(at: monotonicNanoseconds())
    let goesOn = batching.waitsForMore(than: 64)
    #expect(!goesOn)
    batching.guestGoes()
    let left = monotonicNanoseconds()
    let start = left + 50_000
    while monotonicNanoseconds() < start {}
    batching.guestCame(at: monotonicNanoseconds())
    // A batch that is large enough goes at once, and a small one in bounded time.
    let keepsALargeBatch = batching.waitsForMore(than: 128)
    #expect(!keepsALargeBatch)
    batching.guestGoes()
    batching.guestCame(at: monotonicNanoseconds())
    while batching.waitsForMore(than: 1) {}
    #expect(monotonicNanoseconds() - left < 1_000_000_000)
  }

  @Test func nothingIsKeptForLongerThanTheGuestWaits() {
    var batching = Batching()
    batching.guestCame(at: monotonicNanoseconds())
    _ = batching.waitsForMore(than: 64)
    batching.guestCame(at: monotonicNanoseconds(), atMost: 0)
    let goesOn = batching.waitsForMore(than: 1)
    #expect(!goesOn)
  }

  private var processorCount: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
}
