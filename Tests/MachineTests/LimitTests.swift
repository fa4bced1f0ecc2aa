// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import HVTABI
import SystemCalls
import Tender
import Testing

/// Limits of machines, with guests that do nothing but use things up.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LimitTests {
  /// How long `body` takes, in seconds.
  private func seconds(_ body: () async throws -> Void) async throws -> Double {
    let start = monotonicNanoseconds()
    try await body()
    return Double(monotonicNanoseconds() - start) / 1e9
  }

  // MARK: - Time

  @Test(arguments: EndlessGuest.allCases, [0.05, 0.5])
  func timeLimitEndsAnyGuest(guest: EndlessGuest, limit: Double) async throws {
    let elapsed = try await seconds {
      let run = try await guest.program.run { $0.timeLimit = .seconds(limit) }
      #expect(run.outcome == .timedOut)
    }
    #expect(elapsed >= limit)
    #expect(elapsed < limit + 2)
  }

  @Test func timeLimitEndsAGuestWithAStuckConsole() async throws {
    let pipe = Pipe()
    let console = DescriptorConsole(
      try Descriptor(duplicating: pipe.fileHandleForWriting.fileDescriptor), name: "console")
    var configuration = try GuestProgram.chattering.configuration(console)
    configuration.timeLimit = .milliseconds(300)
    #expect(try await Machine(configuration).run() == .timedOut)
  }

  @Test func guestThatIsDoneBeforeIsNotChanged() async throws {
    let run = try await GuestProgram.exiting(7).run { $0.timeLimit = .seconds(60) }
    #expect(run.outcome == .exited(status: 7, cookie: nil))
  }

  @Test func stopBeforeTheLimitIsAStop() async throws {
    let console = Recorder()
    var configuration = try GuestProgram.spinning.configuration(console)
    configuration.timeLimit = .seconds(60)
    configuration.processorQuota = 50
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    try await console.waitForOutput()
    machine.stop()
    #expect(try await outcome == .stopped)
  }

  /// A thread that ran a machine with timers gets none of their signals later.
  @Test func timersEndWithTheMachine() throws {
    for _ in 0..<50 {
      var configuration = try GuestProgram.exiting(1).configuration(Recorder())
      configuration.timeLimit = .milliseconds(20)
      configuration.processorQuota = 1
      let outcome = try Machine(configuration).runOnCurrentThread()
      #expect(outcome == .exited(status: 1, cookie: nil) || outcome == .timedOut)
    }
    let end = monotonicNanoseconds() + 100_000_000
    while monotonicNanoseconds() < end {}
  }

  @Test(
    arguments: [
      (.zero, "time limit 0.0 seconds is not from a nanosecond to 292 years"),
      (.seconds(-1), "time limit -1.0 seconds is not from a nanosecond to 292 years"),
    ] as [(Duration, String)])
  func otherTimeLimitsAreRefused(limit: Duration, message: String) throws {
    var configuration = try GuestProgram.exiting(0).configuration(Recorder())
    configuration.timeLimit = limit
    let error = #expect(throws: MachineError.self) { _ = try Machine(configuration) }
    #expect(error?.description == message)
  }

  // MARK: - Processor

  /// A machine on a thread of the test's, whose processor time can be told.
  private func share(percent: Int?, for seconds: Double, _ program: GuestProgram) throws -> Double {
    var configuration = try program.configuration(Recorder())
    configuration.processorQuota = percent
    configuration.timeLimit = .seconds(seconds)
    let machine = try Machine(configuration)
    let (before, start) = (threadProcessorNanoseconds(), monotonicNanoseconds())
    #expect(try machine.runOnCurrentThread() == .timedOut)
    let used = threadProcessorNanoseconds() - before
    return 100 * Double(used) / Double(monotonicNanoseconds() - start)
  }

  @Test(arguments: [5, 20, 40], [EndlessGuest.spinning, .chattering])
  func quotaHolds(percent: Int, guest: EndlessGuest) throws {
    let share = try share(percent: percent, for: 2, guest.program)
    // A few milliseconds are the machine's own start; the rest is what a busy host has not given.
    #expect(share <= Double(percent) * 1.1 + 1, "\(share)")
    #expect(share >= Double(percent) * 0.7, "\(share)")
  }

  /// A guest that makes as many exits as it can, none of which waits.
  @Test func quotaHoldsForAnExitStorm() throws {
    var guest = GuestProgram()
    let block = guest.place(words: [0, 0, 0])
    let start = guest.here
    guest.call(.poll, block)
    guest.jump(to: start)
    let share = try share(percent: 20, for: 1, guest)
    #expect(share <= 24, "\(share)")
    #expect(share >= 12, "\(share)")
  }

  @Test(arguments: [0, 101, -5])
  func otherQuotasAreRefused(percent: Int) throws {
    var configuration = try GuestProgram.exiting(0).configuration(Recorder())
    configuration.processorQuota = percent
    let error = #expect(throws: MachineError.self) { _ = try Machine(configuration) }
    #expect(error?.description == "processor quota \(percent) is not from 1 to 100 percent")
  }

  // MARK: - Console

  @Test func consoleRateHoldsAndLosesNothing() async throws {
    let console = Recorder()
    var configuration = try GuestProgram.chattering.configuration(console)
    configuration.consoleRate = 1 << 20
    configuration.timeLimit = .seconds(1)
    let machine = try Machine(configuration)
    #expect(try await machine.run() == .timedOut)
    #expect(console.output.count <= (1 << 20) * 12 / 10)
    #expect(console.output.count >= (1 << 20) * 8 / 10)
    let expected = Array("chatter ".utf8)
    #expect(console.output.enumerated().allSatisfy { $1 == expected[$0 % 8] })
    #expect(machine.statistics.droppedConsoleBytes == 0)
  }

  @Test func consoleLimitDropsAndCounts() async throws {
    let console = Recorder()
    var configuration = try GuestProgram.chattering.configuration(console)
    configuration.consoleLimit = 10_000
    configuration.timeLimit = .milliseconds(300)
    let machine = try Machine(configuration)
    #expect(try await machine.run() == .timedOut)
    #expect(console.output.count == 10_000)
    #expect(machine.statistics.consoleBytes == 10_000)
    #expect(machine.statistics.droppedConsoleBytes > 10_000)
  }

  // MARK: - Devices without queues

  @Test func sentFramesWaitForTheRate() async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let write = guest.place(words: [1, GuestProgram.heapStart, 1000, 0])
    let start = guest.here
    guest.call(.netWrite, write)
    guest.jump(to: start)
    let (link, far) = try VirtualLink.pair(capacity: 10_000)
    let run = try await guest.run {
      try $0.attach(net: link, limits: DeviceLimits(bytesPerSecond: 500_000))
      $0.timeLimit = .seconds(1)
    }
    #expect(run.outcome == .timedOut)
    var count = 0
    while far.nextFrame() != nil { count += 1 }
    // 500 in a second, and a burst of 50.
    #expect((400...560).contains(count), "\(count)")
  }

  /// What comes over the rate stays where it is, and the guest sleeps meanwhile.
  @Test func receivedFramesWaitForTheRate() async throws {
    let (link, far) = try VirtualLink.pair(capacity: 100)
    for _ in 0..<100 { far.send([UInt8](repeating: 1, count: 60)) }
    var configuration = try GuestProgram.echoing().configuration(Recorder())
    try configuration.attach(net: link, limits: DeviceLimits(operationsPerSecond: 50))
    configuration.timeLimit = .seconds(1)
    let machine = try Machine(configuration)
    #expect(try await machine.run() == .timedOut)
    let traffic = try #require(machine.statistics.devices.first).traffic
    // 50 in a second, and a burst of 5.
    #expect((40...57).contains(traffic.received), "\(traffic)")
    #expect(traffic.sent == traffic.received)
    #expect(machine.statistics.exits < 1000, "\(machine.statistics.exits) exits")
  }

  @Test(arguments: [true, false])
  func requestsWaitForTheRate(byCount: Bool) async throws {
    let count: Int32 = 60
    var guest = GuestProgram(devices: [.block("storage")])
    let counter = guest.place(words: [UInt64(count)])
    let read = guest.place(words: [1, 0, GuestProgram.heapStart, 1024, .max])
    let start = guest.here
    guest.call(.blockRead, read)
    guest.jump(to: start, untilCountedDownAt: counter)
    guest.show(read + 32, 4)
    guest.halt()
    let disk = MemoryBlockDevice(contents: [UInt8](repeating: 3, count: 8192))
    let limits =
      byCount ? DeviceLimits(operationsPerSecond: 100) : DeviceLimits(bytesPerSecond: 102_400)
    let elapsed = try await seconds {
      let run = try await guest.run { try $0.attach(block: disk, limits: limits) }
      #expect(run.status == 0)
      #expect(try run.value(at: 0, as: Int32.self) == 0, "latency, never an error")
    }
    #expect(elapsed > 0.49 && elapsed < 5, "\(elapsed)")
    let free = try await seconds {
      _ = try await guest.run {
        try $0.attach(block: disk, limits: DeviceLimits(operationsPerSecond: 1_000_000))
      }
    }
    #expect(free < elapsed / 2, "\(free)")
  }

  // MARK: - Devices with queues

  /// Frames that wait for the rate go on their way while the guest computes, without an exit of its own.
  @Test(arguments: [MachineConfiguration.IOMode.inline, .thread])
  func queuedFramesPassWhileTheGuestSpins(mode: MachineConfiguration.IOMode) async throws {
    let count: UInt16 = 50
    var guest = GuestProgram(devices: [.net("service")])
    guest.queueSizes = .init(transmit: 64)
    let queue = guest.queues(memorySize: smallMemory)[1]
    let frame = GuestProgram.descriptor(GuestProgram.heapStart, 12 + 60)
    guest.post(
      Array(repeating: frame, count: Int(count)), heads: Array(0..<count), on: queue)
    guest.ringDoorbell()
    let start = guest.here
    guest.jump(to: start, ifWordAt: queue.used + 2, isNot: Int8(count))
    guest.halt()
    let (link, far) = try VirtualLink.pair(capacity: Int(count))
    var configuration = try guest.configuration(Recorder())
    configuration.ioMode = mode
    try configuration.attach(net: link, limits: DeviceLimits(operationsPerSecond: 50))
    let machine = try Machine(configuration)
    let elapsed = try await seconds {
      let outcome = try await machine.run()
      #expect(outcome == .exited(status: 0, cookie: nil))
    }
    // A burst of 5 passes at once.
    #expect(elapsed > 0.85 && elapsed < 5, "\(elapsed)")
    var sent = 0
    while far.nextFrame() != nil { sent += 1 }
    #expect(sent == Int(count))
  }

  @Test func timeLimitEndsAWaitForARate() async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let write = guest.place(words: [1, GuestProgram.heapStart, 1500, 0])
    let start = guest.here
    guest.call(.netWrite, write)
    guest.jump(to: start)
    let (link, _) = try VirtualLink.pair()
    let elapsed = try await seconds {
      let run = try await guest.run {
        try $0.attach(net: link, limits: DeviceLimits(bytesPerSecond: 1))
        $0.timeLimit = .milliseconds(200)
      }
      #expect(run.outcome == .timedOut)
    }
    #expect(elapsed < 2)
  }

  @Test func limitOfNothingIsRefused() throws {
    var configuration = try GuestProgram.echoing().configuration(Recorder())
    try configuration.attach(
      net: try VirtualLink.pair().0, limits: DeviceLimits(bytesPerSecond: 0))
    let error = #expect(throws: MachineError.self) { _ = try Machine(configuration) }
    #expect(error?.description == "a limit of device 'service' is 0")
  }
}
