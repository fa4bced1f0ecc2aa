// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import HVTABI
import SystemCalls
import SystemPackage
import Tender
import TenderProcess
import Testing

/// Machines in processes of their own, with real guests.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct MachineProcessTests {
  private let folder: TemporaryFolder
  private let console = BufferConsole()

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ program: GuestProgram, _ configure: (inout MachineProcessConfiguration) -> Void = { _ in }
  ) async throws -> MachineProcessOutcome {
    var configuration = try folder.configuration(program, console)
    configure(&configuration)
    return try await MachineProcess.spawn(configuration)
  }

  // MARK: - Ends

  @Test(arguments: [0, 7, 255, 256, -1, .max, .min] as [Int32])
  func statusIsTheGuests(status: Int32) async throws {
    #expect(try await run(.exiting(status)) == .exited(status: status, cookie: nil))
  }

  @Test func cookieArrives() async throws {
    var guest = GuestProgram()
    let cookie = (0..<512).map { UInt8(truncatingIfNeeded: $0) }
    guest.halt(3, cookie: guest.place(cookie))
    #expect(try await run(guest) == .exited(status: 3, cookie: cookie))
  }

  @Test func consoleArrivesWholeAndAsItIs() async throws {
    var guest = GuestProgram()
    let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    guest.show(guest.place(text), UInt64(text.count))
    guest.halt()
    let recorder = BytesConsole()
    var configuration = try folder.configuration(guest, recorder)
    configuration.arguments = ["--not", "an option"]
    #expect(try await MachineProcess.spawn(configuration) == .exited(status: 0, cookie: nil))
    let isWhole = recorder.bytes == text
    #expect(isWhole)
  }

  @Test func faultHasItsCauseAndAReport() async throws {
    var guest = GuestProgram()
    guest.load(from: 8)
    guard case .faulted(let cause, let report) = try await run(guest) else {
      Issue.record("no fault")
      return
    }
    #expect(cause == "read of 0x8 in the null page")
    #expect(report.hasPrefix("guest fault: read of 0x8 in the null page\n  at 0x100000"))
    #expect(report.contains("rflags"))
  }

  @Test(arguments: [true, false])
  func stopEndsAGuest(spinning: Bool) async throws {
    let machine = try MachineProcess(
      try folder.configuration(spinning ? .spinning : .idle, console))
    async let outcome = machine.run()
    try await machine.waitForOutput(console)
    machine.stop()
    machine.stop()
    #expect(try await outcome == .stopped)
    #expect(machine.processNumber == nil)
  }

  @Test func stopAtAnyTime() async throws {
    for delay in stride(from: 0, to: 12_000, by: 600) {
      let machine = try MachineProcess(try folder.configuration(.spinning, console))
      async let outcome = machine.run()
      try await Task.sleep(for: .microseconds(delay))
      machine.stop()
      #expect(try await outcome == .stopped)
    }
  }

  @Test func stopBeforeTheRunStartsNothing() async throws {
    let machine = try MachineProcess(try folder.configuration(.spinning, console))
    machine.stop()
    #expect(try await machine.run() == .stopped)
    #expect(console.text.isEmpty)
  }

  @Test func cancellationStops() async throws {
    let machine = try MachineProcess(try folder.configuration(.spinning, console))
    let task = Task { try await machine.run() }
    try await machine.waitForOutput(console)
    task.cancel()
    #expect(try await task.value == .stopped)
  }

  @Test func timeLimitEndsAGuest() async throws {
    let outcome = try await run(.spinning) {
      $0.timeLimit = .milliseconds(300)
      $0.processorQuota = 50
    }
    #expect(outcome == .timedOut)
  }

  @Test func consoleLimitsHold() async throws {
    let outcome = try await run(.chattering) {
      $0.consoleLimit = 5000
      $0.consoleRate = 1 << 20
      $0.timeLimit = .milliseconds(300)
    }
    #expect(outcome == .timedOut)
    #expect(console.text.utf8.count == 5000)
  }

  // MARK: - Failures

  @Test(arguments: [SIGKILL, SIGHUP])
  func killedProcessIsAnError(signal: CInt) async throws {
    let machine = try MachineProcess(try folder.configuration(.idle, console))
    let run = Task { try await machine.run() }
    try await machine.waitForOutput(console)
    kill(try #require(machine.processNumber), signal)
    let error = await #expect(throws: MachineProcessError.self) { _ = try await run.value }
    #expect(error?.description == "hvtrun: ended by signal \(signal)")
  }

  @Test func stoppedProcessIsKilledInTheEnd() async throws {
    let machine = try MachineProcess(try folder.configuration(.idle, console))
    async let outcome = machine.run()
    try await machine.waitForOutput(console)
    kill(try #require(machine.processNumber), SIGSTOP)
    let start = ContinuousClock.now
    machine.stop()
    #expect(try await outcome == .stopped)
    #expect(ContinuousClock.now - start > .seconds(4))
    #expect(ContinuousClock.now - start < .seconds(15))
  }

  @Test func missingHvtrunIsNamed() async throws {
    let error = await #expect(throws: MachineProcessError.self) {
      _ = try await run(.exiting(0)) { $0.executable = "/nowhere/hvtrun" }
    }
    #expect(error?.description == "/nowhere/hvtrun: no hvtrun there")
  }

  @Test func fileThatIsNoProgramIsNamed() async throws {
    let path = try folder.file("text", Array("text".utf8))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    let error = await #expect(throws: MachineProcessError.self) {
      _ = try await run(.exiting(0)) { $0.executable = path }
    }
    #expect(error?.description == "\(path): posix_spawn: Exec format error")
  }

  @Test func programThatIsNotHvtrunHasNoResult() async throws {
    let error = await #expect(throws: MachineProcessError.self) {
      _ = try await run(.exiting(0)) { $0.executable = "/bin/false" }
    }
    #expect(error?.description == "hvtrun: ended with status 1 and no result")
  }

  @Test func hvtrunSaysWhatIsWrong() async throws {
    let missing = MachineProcessConfiguration(image: "/nowhere/app.elf", console: console)
    let error = await #expect(throws: MachineProcessError.self) {
      _ = try await MachineProcess.spawn(missing)
    }
    #expect(error?.description == "/nowhere/app.elf: open: No such file or directory")
    let quota = await #expect(throws: MachineProcessError.self) {
      _ = try await run(.exiting(0)) { $0.processorQuota = 0 }
    }
    #expect(
      quota?.description
        == "hvtrun: ended with status 125 and no result: "
        + "hvtrun: '0' is not a share from 1 to 100 percent (see hvtrun --help)")
  }

  @Test(arguments: ["", "a,ro", "@3"])
  func nameThatIsNoneIsRefused(name: String) async throws {
    let error = await #expect(throws: MachineProcessError.self) {
      _ = try await run(.echoing()) { $0.attach(net: .name(name)) }
    }
    #expect(error?.description == "'\(name)': not a name that can stand in an option of hvtrun")
  }

  @Test func consoleThatFailsEndsTheMachine() async throws {
    let configuration = try folder.configuration(.chattering, FailingConsole())
    let error = await #expect(throws: MachineProcessError.self) {
      _ = try await MachineProcess.spawn(configuration)
    }
    #expect(error?.description == "test: write: No space left on device")
  }

  // MARK: - Devices

  @Test(arguments: [true, false])
  func diskIsOpenedThereOrPassedOn(isPassed: Bool) async throws {
    var guest = GuestProgram(devices: [.block("storage")])
    let read = guest.place(words: [1, 512, GuestProgram.heapStart, 512, .max])
    guest.call(.blockRead, read)
    guest.show(GuestProgram.heapStart, 4)
    guest.halt()
    let disk = try folder.file(
      "a=b.img", [UInt8](repeating: 0x30, count: 512) + [UInt8](repeating: 0x31, count: 512))
    let file = try #require(FileHandle(forReadingAtPath: disk))
    let outcome = try await run(guest) {
      $0.attach(
        block: isPassed ? .descriptor(file.fileDescriptor) : .name(disk), as: "storage",
        isReadOnly: true, limits: DeviceLimits(bytesPerSecond: 1 << 20, operationsPerSecond: 1000))
    }
    #expect(outcome == .exited(status: 0, cookie: nil))
    #expect(console.text == "1111")
    try file.close()
  }

  // MARK: - Nothing is left

  @Test func processHasNoDescriptorsOfOurs() async throws {
    // One that any child would inherit.
    let leaked = unsafe open("/dev/null", O_RDONLY)
    defer { close(leaked) }
    let machine = try MachineProcess(try folder.configuration(.idle, console))
    async let outcome = machine.run()
    try await machine.waitForOutput(console)
    let number = try #require(machine.processNumber)
    let paths = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/fd").map {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/fd/\($0)")) ?? ""
    }
    // Not even standard input, which it gets and closes.
    #expect(!paths.contains("/dev/null"), "\(paths)")
    let environment = try Data(contentsOf: URL(filePath: "/proc/\(number)/environ"))
    #expect(environment.isEmpty)
    machine.stop()
    #expect(try await outcome == .stopped)
  }

  @Test func fiftyAtOnceLeaveNothing() async throws {
    let path = try folder.file("app.elf", GuestProgram.spinning.image)
    // What the run-time libraries keep open, they open at the first use.
    try await runAtOnce(2, path)
    let before = (try openDescriptors(), try children())
    try await runAtOnce(50, path)
    #expect(try children() == before.1)
    #expect(try openDescriptors().subtracting(before.0).isEmpty)
  }

  /// Runs so many guests that do not end: every other one is stopped, the rest have no more time.
  private func runAtOnce(_ count: Int, _ path: String) async throws {
    try await withThrowingTaskGroup(of: (Int, MachineProcessOutcome).self) { group in
      for index in 0..<count {
        group.addTask {
          let console = BufferConsole()
          var configuration = MachineProcessConfiguration(image: path, console: console)
          configuration.memorySize = 16 << 20
          configuration.timeLimit = index % 2 == 0 ? .milliseconds(500) : nil
          configuration.processorQuota = 5
          let machine = try MachineProcess(configuration)
          async let outcome = machine.run()
          if index % 2 == 1 {
            try await machine.waitForOutput(console)
            machine.stop()
          }
          return (index, try await outcome)
        }
      }
      for try await (index, outcome) in group {
        #expect(outcome == (index % 2 == 0 ? .timedOut : .stopped), "\(index)")
      }
    }
  }
}

/// Keeps bytes that are no text.
private final class BytesConsole: Console, @unchecked Sendable {
  private(set) var bytes: [UInt8] = []

  func write(_ span: RawSpan, until stopDescriptor: CInt) {
    // SAFETY: any bytes are UInt8s, and the pointer is valid until the call is over.
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
}

private struct FailingConsole: Console {
  func write(_ bytes: RawSpan, until stopDescriptor: CInt) throws(SystemCallError) {
    throw SystemCallError("write", on: "test", errno: .noSpace)
  }
}
