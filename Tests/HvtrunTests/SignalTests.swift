// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct SignalTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func start(
    _ program: GuestProgram, behind prefix: [String] = [], output: Pipe = Pipe()
  ) throws -> Process {
    let path = try folder.file("app.elf", program.image)
    return try Hvtrun.start(
      [path, "--mem", "16M"], behind: prefix, output: output, errors: Pipe())
  }

  /// Starts a guest, and returns once it has said its first words.
  private func started(_ program: GuestProgram, behind prefix: [String] = []) throws -> Process {
    let output = Pipe()
    let process = try start(program, behind: prefix, output: output)
    try #require(!output.fileHandleForReading.availableData.isEmpty, "the guest said nothing")
    return process
  }

  private func expectStatus(_ statuses: Int32..., of process: Process) {
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(statuses.contains(process.terminationStatus), "\(process.terminationStatus)")
  }

  @Test(arguments: [SIGINT, SIGTERM], [true, false])
  func signalEndsTheGuestPromptly(signal: Int32, spinning: Bool) throws {
    let process = try started(spinning ? .spinning : .idle)
    let start = ContinuousClock.now
    kill(process.processIdentifier, signal)
    expectStatus(128 + signal, of: process)
    #expect(ContinuousClock.now - start < .seconds(1))
  }

  /// Whenever it comes: the handler answers it, or, before there is one, the kernel.
  @Test func signalAtAnyTime() throws {
    for delay in stride(from: 0, through: 0.02, by: 0.002) {
      let process = try start(.spinning)
      Thread.sleep(forTimeInterval: delay)
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
      #expect(
        process.terminationStatus
          == (process.terminationReason == .exit ? 128 + SIGTERM : SIGTERM))
    }
  }

  /// Both come while the process stands still, so that the first one has not ended it yet.
  @Test func secondSignalEndsAtOnce() throws {
    let process = try started(.idle)
    for signal in [SIGSTOP, SIGINT, SIGTERM, SIGCONT] { kill(process.processIdentifier, signal) }
    expectStatus(128 + SIGINT, 128 + SIGTERM, of: process)
  }

  /// As a shell without job control starts what is in the background.
  @Test func ignoredSignalStaysIgnored() throws {
    let process = try started(.idle, behind: ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"])
    kill(process.processIdentifier, SIGINT)
    Thread.sleep(forTimeInterval: 0.2)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGTERM)
    expectStatus(128 + SIGTERM, of: process)
  }

  @Test func guestGoesOnAfterAStop() throws {
    var guest = GuestProgram()
    guest.say("started\n")
    guest.sleep(200_000_000)
    guest.halt(6)
    let process = try started(guest)
    kill(process.processIdentifier, SIGSTOP)
    Thread.sleep(forTimeInterval: 0.05)
    kill(process.processIdentifier, SIGCONT)
    expectStatus(6, of: process)
  }
}
