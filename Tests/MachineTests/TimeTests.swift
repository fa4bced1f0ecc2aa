// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import HVTABI
import Synchronization
import Tender
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct TimeTests {
  @Test
  func walltimeIsTheHosts() async throws {
    var guest = GuestProgram()
    let time = guest.place(words: [0])
    guest.call(.walltime, time)
    guest.show(time, 8)
    guest.halt()
    let before = Date().timeIntervalSince1970
    let run = try await guest.run()
    let after = Date().timeIntervalSince1970
    let seconds = Double(try run.value(at: 0, as: UInt64.self)) / 1e9
    #expect((before - 0.001...after + 0.001).contains(seconds))
  }

  @Test(arguments: [0, 1, 1_000, 1_000_000, 50_000_000, 300_000_000] as [UInt64])
  func pollSleepsAsLongAsAsked(nanoseconds: UInt64) async throws {
    var guest = GuestProgram()
    let poll = guest.place(words: [nanoseconds, .max, .max])
    let times = [guest.place(words: [0]), guest.place(words: [0])]
    guest.call(.walltime, times[0])
    guest.call(.poll, poll)
    guest.call(.walltime, times[1])
    for address in times { guest.show(address, 8) }
    guest.show(poll, 24)
    guest.halt()
    let run = try await guest.run()
    let start = try run.value(at: 0, as: UInt64.self)
    let end = try run.value(at: 8, as: UInt64.self)
    #expect(end - start >= nanoseconds)
    // Generous, because the machine may be busy.
    #expect(end - start < nanoseconds + 2_000_000_000)
    #expect(try run.value(at: 16, as: UInt64.self) == nanoseconds)
    #expect(try run.value(at: 24, as: UInt64.self) == 0, "ready_set")
    #expect(
      try run.value(at: 32, as: UInt64.self) == 0xffff_ffff_0000_0000, "ret, padding unchanged")
  }

  @Test(arguments: [.max, .max - 1, 1 << 63, (1 << 63) - 1, 1 << 62] as [UInt64])
  func sleepForEverEndsWithStop(nanoseconds: UInt64) async throws {
    var guest = GuestProgram()
    guest.say("started\n")
    guest.sleep(nanoseconds)
    guest.say("woken")
    guest.halt()
    let console = Recorder()
    let machine = try Machine(try guest.configuration(console))
    async let outcome = machine.run()
    try await console.waitForOutput()
    try await Task.sleep(for: .milliseconds(30))
    machine.stop()
    #expect(try await outcome == .stopped)
    #expect(console.output == Array("started\n".utf8))
  }

  /// Signals that the embedding program handles for itself are nothing to the guest.
  @Test
  func signalsDoNotEndTheSleep() async throws {
    var guest = GuestProgram()
    let times = guest.place(words: [0, 0])
    guest.call(.walltime, times)
    guest.sleep(300_000_000)
    guest.call(.walltime, times + 8)
    guest.show(times, 16)
    guest.halt()
    signal(SIGWINCH) { _ in }
    let console = Recorder()
    let machine = try Machine(try guest.configuration(console))
    let thread = Mutex<pthread_t?>(nil)
    async let outcome = withCheckedContinuation { continuation in
      Thread.detachNewThread {
        // Threads of a pool, which this one takes its mask from, block all signals.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGWINCH)
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        thread.withLock { $0 = pthread_self() }
        continuation.resume(returning: Result { try machine.runOnCurrentThread() })
      }
    }
    for _ in 0..<20 {
      try await Task.sleep(for: .milliseconds(10))
      thread.withLock { if let thread = $0 { _ = pthread_kill(thread, SIGWINCH) } }
    }
    #expect(try await outcome.get() == .exited(status: 0, cookie: nil))
    let start = console.output.integer(at: 0, as: UInt64.self)
    let end = console.output.integer(at: 8, as: UInt64.self)
    #expect(end - start >= 300_000_000)
  }

  /// The TSC that the guest reads runs at the frequency that it is told.
  @Test
  func timestampCounterHasItsFrequency() async throws {
    var guest = GuestProgram()
    let report = guest.place(words: [0, 0, 0, 0, 0])
    guest.loadBootField(16, to: .rax)
    guest.store(.rax, at: report)
    for index in 0..<2 as Range<UInt64> {
      guest.call(.walltime, report + 8 + 16 * index)
      guest.emit(0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0)  // rdtsc; rdx:rax to rax
      guest.store(.rax, at: report + 16 + 16 * index)
      if index == 0 { guest.sleep(200_000_000) }
    }
    guest.show(report, 40)
    guest.halt()
    let run = try await guest.run()
    let words = try (0..<5).map { try run.value(at: 8 * $0, as: UInt64.self) }
    let measured = Double(words[4] - words[2]) * 1e9 / Double(words[3] - words[1])
    // Both readings are an exit apart.
    #expect(abs(measured / Double(words[0]) - 1) < 0.05, "\(measured) Hz of \(words[0])")
  }
}
