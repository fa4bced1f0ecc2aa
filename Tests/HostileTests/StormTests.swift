// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import HVTABI
import Tender
import Testing

/// Guests that keep their tender busy: a million exits, and more text than anybody reads. It takes no
/// memory, and it ends.
@Suite(.timeLimit(.minutes(3)))
struct StormTests {
  /// The most memory that the tender may have. What its guest touches is a page or two.
  private static let residentLimit = 64 << 20
  /// Standard streams, the image, the console, a signalfd, three of KVM, devices.
  private static let descriptorLimit = 16

  /// Has `body` done `count` times, then halts with 4.
  private static func repeating(
    _ count: Int32, devices: [GuestProgram.Device] = [], _ body: (inout GuestProgram) -> Void
  ) -> GuestProgram {
    var guest = GuestProgram(devices: devices)
    guest.queueSizes = devices.isEmpty ? nil : .init()
    let counter = guest.place(words: [UInt64(count)])
    let start = guest.here
    body(&guest)
    guest.jump(to: start, untilCountedDownAt: counter)
    guest.halt(4)
    return guest
  }

  private static func expectBounded(_ run: MeasuredRun, status: Int32) {
    #expect(run.status == status)
    #expect(run.errors.isEmpty)
    #expect(run.residentBytes < residentLimit, "\(run.residentBytes) bytes")
    #expect(run.residentBytes > 0 && run.descriptors > 0, "it was measured")
    #expect(run.descriptors <= descriptorLimit, "\(run.descriptors) descriptors")
  }

  /// Together a million exits.
  enum Exit: CaseIterable, Sendable {
    case walltime, emptyText, poll, pollOfANanosecond, wrongHandle, doorbell, doorbellToAThread

    func emit(into guest: inout GuestProgram) {
      switch self {
      case .walltime: guest.call(.walltime, guest.place(words: [0]))
      case .emptyText: guest.show(0, 0)
      case .poll: guest.sleep(0)
      case .pollOfANanosecond: guest.sleep(1)
      case .wrongHandle: guest.call(.blockRead, guest.place(words: [.max, 0, 0, 512, 0]))
      case .doorbell, .doorbellToAThread: guest.ringDoorbell()
      }
    }

    /// The number of times: those that enter the kernel once more are dearer.
    var count: Int32 {
      switch self {
      case .poll, .pollOfANanosecond: 50_000
      case .walltime, .emptyText, .wrongHandle, .doorbell: 200_000
      case .doorbellToAThread: 100_000
      }
    }
  }

  @Test func exitsAreAMillion() {
    #expect(Exit.allCases.reduce(0) { $0 + $1.count } == 1_000_000)
  }

  /// Two at a time: each has a processor of its own.
  @Test func exitStorms() async throws {
    try await withThrowingTaskGroup { group in
      for half in [Exit.allCases.prefix(3), Exit.allCases.dropFirst(3)] {
        group.addTask { for exit in half { try await Self.storm(exit) } }
      }
      try await group.waitForAll()
    }
  }

  private static func storm(_ exit: Exit) async throws {
    let hasDisk = exit == .doorbell || exit == .doorbellToAThread
    let guest = repeating(exit.count, devices: hasDisk ? [.block("storage")] : []) {
      exit.emit(into: &$0)
    }
    let disk = try ScratchFile(byteCount: 1 << 20)
    let options = hasDisk ? ["--block", disk.path] : []
    let thread = exit == .doorbellToAThread ? ["--io", "thread"] : []
    expectBounded(try MeasuredRun(guest, options + thread), status: 4)
  }

  /// Frames that nobody takes keep `poll` from waiting, whatever the timeout.
  @Test(arguments: [0, 1, UInt64(Int64.max), UInt64(Int64.max) + 1, .max] as [UInt64])
  func pollStorm(_ timeout: UInt64) async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let counter = guest.place(words: [20_000])
    let start = guest.here
    guest.sleep(timeout)
    guest.jump(to: start, untilCountedDownAt: counter)
    guest.halt(4)
    let (link, other) = try VirtualLink.pair()
    other.send(count: 60)
    let ending = try await guest.attack { try $0.attach(net: link) }
    #expect(ending.status == 4)
  }

  /// The longest waits there are do not wrap into short ones, and a stop ends them.
  @Test(arguments: [1 << 62, UInt64(Int64.max), UInt64(Int64.max) + 1, .max - 1, .max] as [UInt64])
  func longestWaits(_ timeout: UInt64) throws {
    var guest = GuestProgram()
    guest.sleep(timeout)
    guest.halt(4)
    let run = try MeasuredRun(guest, stoppedAfter: 0.3)
    Self.expectBounded(run, status: 143)
    #expect(run.seconds < 5)
  }

  /// A gigabyte of text in pieces, and two in one call.
  @Test func consoleFlood() throws {
    let guest = Self.repeating(2_000) { $0.show(GuestProgram.heapStart, 1 << 19) }
    Self.expectBounded(try MeasuredRun(guest), status: 4)
    let size: UInt64 = 2 << 30
    var large = GuestProgram()
    large.show(GuestProgram.heapStart, size - 0x1_1000 - GuestProgram.heapStart)
    large.halt(4)
    Self.expectBounded(try MeasuredRun(large, memory: "2G"), status: 4)
  }

  /// A console that takes nothing: the guest waits, the tender can be ended.
  @Test func consoleFloodIntoNothing() throws {
    let pipe = Pipe()
    let run = try MeasuredRun(.chattering, output: pipe.fileHandleForWriting, stoppedAfter: 0.5)
    Self.expectBounded(run, status: 143)
    #expect(run.seconds < 5)
  }

  /// Nothing but instructions.
  @Test func endlessLoop() throws {
    let run = try MeasuredRun(.spinning, stoppedAfter: 0.5)
    Self.expectBounded(run, status: 143)
    #expect(run.seconds < 5)
  }
}
