// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Glibc
import GuestFixtures
import SystemCalls
import Tender
import Testing

/// A machine ends when it is told to, wherever its guest is.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StopTests {
  /// Starts a guest, and once it runs, ends it with `end`.
  private func expectStopped(_ guest: GuestProgram, _ end: (Machine) async -> Void) async throws {
    let console = Recorder()
    let machine = try Machine(try guest.configuration(console))
    async let outcome = machine.run()
    try await console.waitForOutput()
    try await Task.sleep(for: .milliseconds(20))
    let clock = ContinuousClock()
    let start = clock.now
    await end(machine)
    #expect(try await outcome == .stopped)
    #expect(clock.now - start < .seconds(2))
  }

  @Test(arguments: EndlessGuest.allCases)
  func stopEndsARunningGuest(guest: EndlessGuest) async throws {
    try await expectStopped(guest.program) { $0.stop() }
  }

  @Test(arguments: EndlessGuest.allCases)
  func stopTwiceIsStopOnce(guest: EndlessGuest) async throws {
    try await expectStopped(guest.program) { machine in
      machine.stop()
      machine.stop()
    }
  }

  @Test(arguments: EndlessGuest.allCases)
  func stopFromManyThreads(guest: EndlessGuest) async throws {
    try await expectStopped(guest.program) { machine in
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<16 { group.addTask { machine.stop() } }
      }
    }
  }

  @Test(arguments: EndlessGuest.allCases)
  func stopBeforeTheRun(guest: EndlessGuest) async throws {
    let console = Recorder()
    let machine = try Machine(try guest.program.configuration(console))
    machine.stop()
    #expect(try await machine.run() == .stopped)
    #expect(console.output.isEmpty)
    machine.stop()
  }

  @Test
  func stopAfterTheEndDoesNothing() async throws {
    let machine = try Machine(try GuestProgram.exiting(5).configuration(Recorder()))
    #expect(try await machine.run() == .exited(status: 5, cookie: nil))
    machine.stop()
  }

  /// At any moment of a machine's start.
  @Test
  func stopAtAnyTime() async throws {
    for delay in stride(from: 0, to: 3000, by: 100) {
      let machine = try Machine(try GuestProgram.spinning.configuration(Recorder()))
      async let outcome = machine.run()
      try await Task.sleep(for: .microseconds(delay))
      machine.stop()
      #expect(try await outcome == .stopped)
    }
  }

  @Test(arguments: EndlessGuest.allCases)
  func cancellationStops(guest: EndlessGuest) async throws {
    let console = Recorder()
    let machine = try Machine(try guest.program.configuration(console))
    let task = Task { try await machine.run() }
    try await console.waitForOutput()
    task.cancel()
    #expect(try await task.value == .stopped)
  }

  @Test
  func cancellationBeforeTheRunStops() async throws {
    let machine = try Machine(try GuestProgram.spinning.configuration(Recorder()))
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await machine.run()
    }
    task.cancel()
    #expect(try await task.value == .stopped)
  }

  /// A console pipe that nobody reads blocks the guest, but not its end.
  @Test
  func stopEndsAGuestWithAStuckConsole() async throws {
    let pipe = Pipe()
    let console = DescriptorConsole(
      try Descriptor(duplicating: pipe.fileHandleForWriting.fileDescriptor), name: "console")
    let machine = try Machine(try GuestProgram.chattering.configuration(console))
    async let outcome = machine.run()
    // Full, it is what the guest is stuck at.
    for _ in 0..<2_000 where pipe.fileHandleForReading.waitingByteCount < 65_536 {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(pipe.fileHandleForReading.waitingByteCount == 65_536)
    machine.stop()
    #expect(try await outcome == .stopped)
  }

  /// A slow reader gets every byte in order.
  @Test
  func slowConsoleLosesNothing() async throws {
    let pipe = Pipe()
    let console = DescriptorConsole(
      try Descriptor(duplicating: pipe.fileHandleForWriting.fileDescriptor), name: "console")
    var guest = GuestProgram()
    let text = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
    guest.show(guest.place(text), UInt64(text.count))
    guest.halt()
    let machine = try Machine(try guest.configuration(console))
    async let outcome = machine.run()
    try await Task.sleep(for: .milliseconds(20))
    var received: [UInt8] = []
    for _ in 0..<2_000 where received.count < text.count {
      received += pipe.fileHandleForReading.readWhatIsThere()
      try await Task.sleep(for: .milliseconds(5))
    }
    let isWhole = received == text  // A difference of long arrays takes minutes to describe.
    #expect(isWhole)
    #expect(try await outcome == .exited(status: 0, cookie: nil))
  }

  /// A console that is gone ends the machine with the host's error.
  @Test
  func brokenConsoleIsTheHostsFailure() async throws {
    let pipe = Pipe()
    let console = DescriptorConsole(
      try Descriptor(duplicating: pipe.fileHandleForWriting.fileDescriptor), name: "console")
    try pipe.fileHandleForReading.close()
    let machine = try Machine(try GuestProgram.chattering.configuration(console))
    let error = await #expect(throws: MachineError.self) { _ = try await machine.run() }
    #expect(error?.description.hasPrefix("console: write: ") == true)
  }

  @Test
  func runOnTheCurrentThread() throws {
    let machine = try Machine(try GuestProgram.exiting(9).configuration(Recorder()))
    #expect(try machine.runOnCurrentThread() == .exited(status: 9, cookie: nil))
  }

  /// The signal that stands for `stop()` in signal handlers.
  @Test
  func raiseOnTheMachinesThreadStops() throws {
    let console = StoppingConsole()
    let machine = try Machine(try GuestProgram.spinning.configuration(console))
    #expect(try machine.runOnCurrentThread() == .stopped)
  }
}

extension FileHandle {
  /// The bytes that a read would return at once (FIONREAD).
  fileprivate var waitingByteCount: CInt {
    var count: CInt = 0
    return unsafe ioctl(fileDescriptor, UInt(FIONREAD), &count) == 0 ? count : -1
  }

  /// Up to 64 KiB that can be read at once; a test must not keep a thread of the pool waiting.
  fileprivate func readWhatIsThere() -> [UInt8] {
    var entry = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&entry, 1, 0) > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe Glibc.read(fileDescriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
  }
}

/// Raises the stop signal as soon as the guest says something.
private struct StoppingConsole: Console {
  func write(_ bytes: RawSpan, until stopDescriptor: CInt) {
    raise(Machine.stopSignalNumber)
  }
}
