// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Whole runs of the command: status, output, faults, signals.
@Suite struct RunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func image(_ program: GuestProgram) throws -> String {
    try folder.file("app.elf", program.image)
  }

  @Test(arguments: [(0, 0), (7, 7), (255, 255), (256, 255), (-1, 255)] as [(Int32, Int32)])
  func statusIsTheGuests(status: Int32, expected: Int32) throws {
    let result = try Hvtrun.run([try image(.exiting(status)), "--mem", "16M"])
    #expect(result.status == expected)
    #expect(result.errors == "")
  }

  @Test func optionsStandOnEitherSide() throws {
    var guest = GuestProgram()
    guest.say("here\n")
    guest.halt()
    let path = try image(guest)
    for arguments in [
      ["--mem", "16M", path], [path, "--mem=16M"], ["--mem=16M", path, "--", "x"],
    ] {
      let result = try Hvtrun.run(arguments)
      #expect(result.status == 0)
      #expect(result.output == "here\n")
    }
  }

  private var faulting: GuestProgram {
    var guest = GuestProgram()
    guest.load(from: 8)
    return guest
  }

  @Test func faultIsExplained() throws {
    let result = try Hvtrun.run([try image(faulting), "--mem", "16M"])
    #expect(result.status == 255)
    #expect(result.errors.hasPrefix("hvtrun: guest fault: read of 0x8 in the null page\n  at 0x10"))
    #expect(!result.errors.contains("rflags"))
  }

  @Test func verboseAddsTheRegisters() throws {
    let result = try Hvtrun.run([try image(faulting), "--mem", "16M", "--verbose"])
    #expect(result.status == 255)
    #expect(result.errors.contains("rflags"))
  }

  @Test func quietSaysNothing() throws {
    let result = try Hvtrun.run([try image(faulting), "--mem", "16M", "--quiet"])
    #expect(result.status == 255)
    #expect(result.errors == "")
  }

  @Test func inspectTellsPeopleAndMachines() throws {
    let path = try image(.echoing())
    let text = try Hvtrun.run(["inspect", path])
    #expect(text.status == 0)
    #expect(text.output.contains("service"))
    let json = try Hvtrun.run(["inspect", "--json", path])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    #expect(object is [String: Any])
  }

  @Test func doctorIsFineWhereTheseTestsRun() throws {
    let result = try Hvtrun.run(["doctor"])
    #expect(result.status == 0)
    #expect(result.output.contains("ok   /dev/kvm: can be opened"))
    #expect(result.output.contains("ok   speed at CPL 3: "))
    let json = try Hvtrun.run(["doctor", "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(object?["ok"] as? Bool == true)
  }

  @Test func helpAndVersionSucceed() throws {
    let help = try Hvtrun.run(["--help"])
    #expect(help.status == 0)
    #expect(help.output.contains("--block [NAME=]PATH[,ro][,direct][,sector=BYTES]"))
    let version = try Hvtrun.run(["--version"])
    #expect(version.output.hasPrefix("hvtrun "))
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)], [true, false])
  func signalEndsTheGuest(signal: (number: Int32, status: Int32), spinning: Bool) throws {
    let (output, errors) = (Pipe(), Pipe())
    let path = try image(spinning ? .spinning : .idle)
    let process = try Hvtrun.start([path, "--mem", "16M"], output: output, errors: errors)
    // Its first words: it runs.
    #expect(!output.fileHandleForReading.availableData.isEmpty)
    kill(process.processIdentifier, signal.number)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == signal.status)
    #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
  }

  @Test func signalEndsAGuestWithAStuckConsole() throws {
    let (output, errors) = (Pipe(), Pipe())
    let path = try image(.chattering)
    let process = try Hvtrun.start([path, "--mem", "16M"], output: output, errors: errors)
    Thread.sleep(forTimeInterval: 0.3)
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 143)
  }

  @Test func closedOutputIsTheHostsFailure() throws {
    let (output, errors) = (Pipe(), Pipe())
    let process = try Hvtrun.start(
      [try image(.chattering), "--mem", "16M"], output: output, errors: errors)
    try output.fileHandleForWriting.close()
    try output.fileHandleForReading.close()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 125)
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    #expect(String(decoding: message, as: UTF8.self) == "hvtrun: console: write: Broken pipe\n")
  }

  @Test func missingKVMIsNamed() throws {
    let path = try image(.exiting(0))
    let result = try Hvtrun.run(
      [path],
      behind: ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev && exec \"$@\"", "sh"])
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: /dev/kvm: open: No such file or directory\n")
  }

  @Test func kvmWithoutPermissionIsNamed() throws {
    let path = try image(.exiting(0))
    let result = try Hvtrun.run([path], behind: asNobody(try folder.copyOfHvtrun()))
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: /dev/kvm: open: Permission denied\n")
  }
}
