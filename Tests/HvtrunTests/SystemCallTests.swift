// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Sandbox
import Testing

/// The table of system calls: every entry is needed, and everything else kills.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SystemCallTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["machine", "queues", "capture", "signals"])
  func everythingOutsideTheTableKills(role: String) throws {
    let result = try Drill.run(["sweep", role])
    #expect(result.status == 0)
    let pattern = /[0-9]{3,} calls, 0 survived\n/
    #expect(try pattern.wholeMatch(in: result.errors) != nil, "\(result.errors)")
  }

  /// Runs that need entries of the table.
  enum Need: CaseIterable {
    case run, fault, thread, synchronous, ring, capture, contention, tap, termination, clock, limits

    /// The entries that the run cannot do without.
    var entries: [String] {
      switch self {
      case .run:
        ["ioctl", "ppoll", "write", "munmap", "close", "exit_group"]
          + ["rt_sigprocmask", "rt_sigtimedwait"]
      case .fault: ["pread"]
      case .thread: ["read", "madvise", "exit", "futex FUTEX_WAIT_BITSET"]
      case .synchronous: ["pwrite", "fdatasync", "fallocate"]
      case .ring: ["io_uring_enter", "io_uring_register"]
      case .capture: ["ftruncate"]
      case .contention:
        [
          "futex FUTEX_WAIT_PRIVATE", "futex FUTEX_WAKE_PRIVATE", "futex FUTEX_LOCK_PI_PRIVATE",
          "futex FUTEX_UNLOCK_PI_PRIVATE", "brk", "mmap",
        ]
      case .tap: ["readv", "writev"]
      case .termination: ["getpid", "gettid", "tgkill", "rt_sigreturn"]
      case .clock: ["clock_gettime"]
      case .limits: ["timer_settime", "timer_delete"]
      }
    }
  }

  @Test func everyEntryHasARunThatNeedsIt() {
    let entries = Need.allCases.flatMap(\.entries)
    #expect(Set(entries).count == entries.count)
    #expect(Set(entries) == Set(SystemCallTable.permissions.map(\.name)))
  }

  @Test(arguments: Need.allCases)
  func runNeedsEachOfItsEntries(need: Need) throws {
    let status = try perform(need, without: nil)
    #expect(status != Drill.killed, "\(need) does not run with the whole table")
    for entry in need.entries {
      #expect(try perform(need, without: entry) == Drill.killed, "\(need) runs without \(entry)")
    }
  }

  /// The status of a run.
  private func perform(_ need: Need, without entry: String?) throws -> Int32 {
    let words = ["run"] + (entry.map { ["--without", $0] } ?? [])
    switch need {
    case .run: return try Drill.run(words + ["--stats", try tempting()]).status
    case .fault:
      return try Drill.run(
        words + [try BuiltGuest.path("test/fault"), "--", "stack-overflow"]
      ).status
    case .thread: return try Drill.run(words + ["--io", "thread"] + disk()).status
    case .synchronous: return try Drill.run(words + ["--no-ring"] + disk()).status
    case .ring: return try Drill.run(words + disk()).status
    case .capture:
      return try Drill.run(
        words + [
          "--file-limit", "150", "--net", "service=link", "--pcap",
          try folder.file("app.pcapng", []), try tempting(sending: true),
        ]
      ).status
    case .contention: return try Drill.run(words + ["--contend", try tempting()]).status
    case .tap:
      let namespace = try TapNamespace()
      // The tap has headers, and the guest no queues: each frame is in two pieces. It gets the host's
      // questions for the one that is pinged, and sends them back.
      let image = try folder.file("echo.elf", GuestProgram.echoing().image)
      return try end(
        of: words + ["--net", namespace.tap, image], behind: namespace.prefix, tapping: namespace)
    case .termination:
      return try end(of: words + [try folder.file("idle.elf", GuestProgram.idle.image)])
    case .limits:
      return try Drill.run(
        words + ["--cpu-quota", "50", "--timeout", "500ms", try BuiltGuest.path("test/spin")]
      ).status
    case .clock:
      return try CommandResult(of: [withoutVDSO, Drill.path] + words + [try tempting()]).status
    }
  }

  private func tempting(sending: Bool = false) throws -> String {
    try folder.file("app.elf", GuestProgram.tempting(sending: sending).image)
  }

  private func disk() throws -> [String] {
    let path = folder.url.appendingPathComponent("disk.img").path
    try system("truncate", "-s", "16M", path)
    return ["--block", "storage=\(path)", try BuiltGuest.path("test/disk")]
  }

  /// hvtrun's libraries then read the clocks through system calls.
  private var withoutVDSO: String {
    URL(fileURLWithPath: Hvtrun.path).deletingLastPathComponent().appendingPathComponent("novdso")
      .path
  }

  /// The status of a run that SIGTERM ends, if nothing did before.
  private func end(
    of words: [String], behind prefix: [String] = [], tapping namespace: TapNamespace? = nil
  ) throws -> Int32 {
    let output = Pipe()
    let process = try Process(
      running: prefix + [Drill.path] + words, output: output, errors: Pipe())
    _ = output.fileHandleForReading.availableData
    if let namespace {
      _ = try CommandResult(of: namespace.prefix + ["ping", "-c", "1", "-W", "2", "10.0.0.2"])
    }
    if process.isRunning { kill(process.processIdentifier, SIGTERM) }
    process.waitUntilExit(seconds: 10)
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }
}
