// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Tender
import Testing

/// Guests of Solo5's form, which set up the processor as at CPL 0: what they find and what works.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct Solo5GuestTests {
  @Test(arguments: PrivilegeLevel.allCases, ["", "one two", "  Grüße  "])
  func helloGetsItsCommandLine(level: PrivilegeLevel, arguments: String) async throws {
    let run = try await runSolo5("hello", arguments, level)
    #expect(run.outcome == .exited(status: 0, cookie: nil))
    #expect(run.text == "hello from a Solo5 guest\n\(arguments)\n")
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func longestCommandLineArrives(level: PrivilegeLevel) async throws {
    // The guest prints 511 bytes at a time.
    let line = String(repeating: "a", count: 8191)
    let run = try await runSolo5("hello", line, level)
    #expect(run.status == 0)
    #expect(run.text.hasPrefix("hello from a Solo5 guest\naaa"))
  }

  @Test(arguments: PrivilegeLevel.allCases, [2, 16, 512, 4096] as [UInt64])
  func bootInformationIsAsSpecified(level: PrivilegeLevel, mebibytes: UInt64) async throws {
    let size = mebibytes << 20
    let run = try await runSolo5("hello", "--info", level) { $0.memorySize = size }
    #expect(run.status == 0)
    let fields = Fields(run.text)
    #expect(try fields.number("mem_size") == size)
    #expect(try fields.number("rsp") == size - 8)
    let end = try fields.number("kernel_end")
    #expect(end % 4096 == 0 && (0x10_1000..<0x20_0000).contains(end))
    #expect(try fields.number("cpu_cycle_freq") > 100_000_000)
    for name in ["host_features", "guest_features", "net_ring"] {
      #expect(try fields.number(name) == 0)
    }
    #expect(run.text.contains("manifest version=1 entries=1\n"))
    #expect(run.lines.last == "device 0 name='' type=0x40000000 attached=0")
  }

  /// Globals, zeroed memory, and the privileged instructions that such guests use while they run.
  @Test(
    arguments: PrivilegeLevel.allCases,
    ["globals", "memory", "tls", "gs-base", "cli-sti", "segments", "iretq", "lretq"])
  func processorDoesWhatItDoesAtLevel0(level: PrivilegeLevel, kind: String) async throws {
    let run = try await runSolo5("cpu", kind, level)
    #expect(run.outcome == .exited(status: 0, cookie: nil))
    #expect(run.text == "\(kind) ok\n")
  }

  @Test(arguments: Host.fullLevels, ["sse", "avx"])
  func vectorRegistersWorkAndAreKept(level: PrivilegeLevel, kind: String) async throws {
    let run = try await runSolo5("cpu", kind, level)
    #expect(run.status == 0)
    #expect(run.text == "\(kind) ok\n")
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func overrunBufferIsNoticed(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", "stack-smash", level)
    #expect(run.outcome == .exited(status: 255, cookie: nil))
    #expect(run.text == "stack smashing detected\n")
  }

  @Test(arguments: PrivilegeLevel.allCases, [0, 1, 83, 255, 256, -1] as [Int32])
  func haltHasItsStatus(level: PrivilegeLevel, status: Int32) async throws {
    let run = try await runSolo5("halt", "\(status)", level)
    #expect(run.outcome == .exited(status: status, cookie: nil))
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func haltHasItsCookie(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("halt", "7 cookie", level)
    let cookie = (0..<512).map { UInt8(truncatingIfNeeded: $0) }
    #expect(run.outcome == .exited(status: 7, cookie: cookie))
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func hltEndsTheGuest(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("cpu", "hlt", level)
    #expect(run.fault?.cause == .halted, "\(run.outcome)")
    #expect(run.text == "hlt\n")
  }

  @Test(arguments: PrivilegeLevel.allCases, [0, 1, 100, 100_000])
  func consoleKeepsEveryByte(level: PrivilegeLevel, count: Int) async throws {
    // Each small piece is an exit of its own, and the loop is slow where CPL 0 is emulated.
    let count = level == .privileged && Host.emulatesKernelLevel ? min(count, 10_000) : count
    let run = try await runSolo5("console", "\(count)", level)
    let text = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
    #expect(run.output == text + text)
    #expect(run.status == 0)
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func clocksAndSleepsAgreeWithTheHosts(level: PrivilegeLevel) async throws {
    let before = Date().timeIntervalSince1970
    let run = try await runSolo5("time", "", level)
    let after = Date().timeIntervalSince1970
    #expect(run.status == 0)
    let words = run.lines.map { $0.split(separator: " ") }
    try #require(words.count == 6 && words.allSatisfy { $0.count >= 2 }, "\(run.text)")
    let times = [words[0], words[4]].compactMap { Double($0[1]) }.map { $0 / 1e9 }
    try #require(times.count == 2)
    #expect(before - 0.01 <= times[0] && times[0] <= times[1] && times[1] <= after + 0.01)
    for sleep in words[1...3] {
      let (asked, measured) = (try #require(Double(sleep[1])), try #require(Double(sleep[2])))
      // The clock of the host's timers and the TSC may differ a little. Generous upwards, because
      // the machine may be busy.
      #expect(measured >= asked * 0.99 && measured < asked + 2e9, "\(run.text)")
      #expect(sleep[3] == "ready=0")
    }
    let elapsed = try #require(Double(words[5][1]))
    #expect(elapsed >= 0.05e9 && elapsed <= (after - before) * 1.05e9)
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func computationIsRight(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("compute", "1000", level)
    var state: UInt64 = 88_172_645_463_325_252
    for _ in 0..<1000 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
    }
    #expect(try Fields(run.text).number("result") == state)
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func manySwitchesOfTheBaseWork(level: PrivilegeLevel) async throws {
    let run = try await runSolo5("emulate", "1000", level)
    #expect(run.status == 0)
    #expect(run.lines.first.flatMap { UInt64($0) } != nil, "\(run.text)")
  }

  @Test
  func guestIsStoppedAtAnyTime() async throws {
    for level in PrivilegeLevel.allCases {
      let console = Recorder()
      var configuration = try BuiltGuest.configuration(
        "test/solo5-compute", arguments: "1000000000000", console: console)
      configuration.runsPrivileged = level == .privileged
      let machine = try Machine(configuration)
      async let outcome = machine.run()
      try await Task.sleep(for: .milliseconds(100))
      machine.stop()
      #expect(try await outcome == .stopped)
    }
  }
}
