// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Limits on the command line: what holds, and that nothing changes below them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct LimitTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func image(_ program: GuestProgram) throws -> String {
    try folder.file("app.elf", program.image)
  }

  private func run(_ program: GuestProgram, _ options: String...) throws -> CommandResult {
    try Hvtrun.run([try image(program), "--mem", "16M"] + options)
  }

  // MARK: - Time

  @Test(arguments: [true, false])
  func timeoutHasAStatusAndALine(spinning: Bool) throws {
    let start = ContinuousClock.now
    let result = try run(spinning ? .spinning : .idle, "--timeout", "300ms")
    #expect(ContinuousClock.now - start >= .milliseconds(300))
    #expect(ContinuousClock.now - start < .seconds(3))
    #expect(result.status == 124)
    #expect(result.output == "started\n")
    #expect(result.errors == "hvtrun: guest: ended by its time limit of 0.3 seconds\n")
  }

  @Test func timeoutInSolo5FormIsAFailure() throws {
    let result = try Hvtrun.run(
      ["--mem=16", "--timeout", "200ms", "--quiet", "--", try image(.spinning)])
    #expect(result.status == 1)
    #expect(result.errors == "")
  }

  @Test func guestThatIsDoneBeforeHasItsOwnStatus() throws {
    let result = try run(.exiting(9), "--timeout", "1h", "--cpu-quota", "100%")
    #expect(result.status == 9)
    #expect(result.errors == "")
  }

  // MARK: - The result

  /// Runs hvtrun with a pipe as descriptor 3 that `reader`, a shell's command, reads.
  private func run(_ program: GuestProgram, readBy reader: String) throws -> CommandResult {
    try CommandResult(
      of: ["bash", "-c", "{ \"$@\" 3>&1 1>&4 | \(reader); exit ${PIPESTATUS[0]}; } 4>&1", "bash"]
        + [Hvtrun.path, try image(program), "--mem", "16M", "--result-fd", "3"])
  }

  @Test func resultIsALineOfJSON() throws {
    var guest = GuestProgram()
    guest.say("text\n")
    guest.halt(-5)
    let result = try run(guest, readBy: "cat >&2")
    #expect(result.status == 255)
    #expect(result.output == "text\n")
    #expect(result.errors.split(separator: "\n").count == 1)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.errors.utf8)) as? [String: Any])
    #expect(object["outcome"] as? String == "exited")
    #expect(object["status"] as? Int == -5)
    let statistics = try #require(object["statistics"] as? [String: Any])
    #expect(statistics["consoleBytes"] as? Int == 5)
  }

  /// As when the program that started hvtrun has died.
  @Test(arguments: [true, false], ["true", "sleep 0.3"])
  func guestEndsWhenNobodyReadsItsResult(spinning: Bool, reader: String) throws {
    let start = ContinuousClock.now
    let result = try run(spinning ? .spinning : .idle, readBy: reader)
    #expect(result.status == 143, "\(result)")
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func closedDescriptorIsNamed() throws {
    let result = try run(.exiting(0), "--result-fd", "99")
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: @99: dup: Bad file descriptor\n")
  }

  // MARK: - Processor

  /// RUSAGE_CHILDREN, whose type is not the argument's in Swift.
  private static let children: CInt = -1

  /// All threads of the process together.
  @Test(arguments: TapMachine.modes)
  func quotaHoldsForAllThreads(mode: [String]) throws {
    let disk = try folder.file("disk.img", [UInt8](repeating: 0, count: 1 << 20))
    var before = rusage()
    unsafe getrusage(Self.children, &before)
    let start = ContinuousClock.now
    let result = try Hvtrun.run(
      [
        try BuiltGuest.path("test/blockio"), "--mem", "64M", "--block", disk, "--cpu-quota", "20",
        "--timeout", "2s",
      ] + mode + ["--", "--pattern=randread", "--depth=32", "--count=100000000"])
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    var after = rusage()
    unsafe getrusage(Self.children, &after)
    #expect(result.status == 124, "\(result)")
    let share = (after.seconds - before.seconds) / elapsed
    // With the start of a debug build, and the kernel's own threads for the disk.
    #expect(share < 0.26, "\(share)")
    #expect(share > 0.1, "\(share)")
  }

  // MARK: - Console

  private static let nasty = "\u{1b}[31mred\u{7} é \u{202e}\n"
  private static let shown = "\\x1b[31mred\\x07 é \\xe2\\x80\\xae\n"

  @Test(
    arguments: [
      (["--console", "raw"], nasty), (["--console=escaped"], shown), ([], nasty),
      (["--console", "auto"], nasty),
    ] as [([String], String)])
  func consoleOnAPipeIsRawUnlessAsked(options: [String], expected: String) throws {
    var guest = GuestProgram()
    guest.say(Self.nasty)
    guest.halt()
    let result = try Hvtrun.run([try image(guest), "--mem", "16M"] + options)
    #expect(result.output == expected)
    #expect(result.status == 0)
  }

  /// script(1) runs the command on a terminal of its own.
  @Test(arguments: [("auto", shown), ("raw", nasty)] as [(String, String)])
  func consoleOnATerminalIsEscaped(mode: String, expected: String) throws {
    var guest = GuestProgram()
    guest.say(Self.nasty)
    guest.halt()
    let command = "\(Hvtrun.path) \(try image(guest)) --mem 16M --console \(mode)"
    let result = try CommandResult(of: ["script", "-qec", command, "/dev/null"])
    #expect(result.output == expected.replacingOccurrences(of: "\n", with: "\r\n"))
  }

  @Test func characterThatIsNotWholeIsShownAtTheEnd() throws {
    var guest = GuestProgram()
    guest.show(guest.place([0x61, 0xe2, 0x82]), 3)
    guest.halt()
    #expect(try run(guest, "--console", "escaped").output == "a\\xe2\\x82")
  }

  @Test func whatALimitDroppedIsToldInALine() throws {
    var guest = GuestProgram()
    for _ in 0..<10 { guest.say(String(repeating: "x", count: 200)) }
    guest.halt(3)
    let result = try run(guest, "--console-limit", "1K")
    #expect(result.status == 3)
    #expect(result.output.utf8.count == 1024)
    #expect(result.errors == "hvtrun: console: 976 bytes over the limit were dropped\n")
    let wide = try run(guest, "--console-limit", "2K")
    #expect(wide.output.utf8.count == 2000)
    #expect(wide.errors == "")
  }

  @Test func consoleRateHolds() throws {
    let result = try run(.chattering, "--console-rate", "256K/s", "--timeout", "1s", "--quiet")
    #expect(result.status == 124)
    #expect(result.output.utf8.count <= (256 << 10) * 12 / 10)
    #expect(result.output.utf8.count >= (256 << 10) * 7 / 10)
  }

  // MARK: - Devices with queues

  private func requests(_ option: String, _ mode: [String]) throws -> Double {
    let disk = try folder.file("disk.img", [UInt8](repeating: 0, count: 1 << 20))
    let start = ContinuousClock.now
    let result = try Hvtrun.run(
      [try BuiltGuest.path("test/blockio"), "--mem", "64M", "--block", disk + option] + mode
        + ["--", "--pattern=randread", "--depth=8", "--count=200"])
    #expect(result.status == 0, "latency, never an error: \(result)")
    return (ContinuousClock.now - start) / .seconds(1)
  }

  @Test(arguments: [",iops=200", ",bps=800K", ",direct,iops=200"], TapMachine.modes)
  func blockRateHolds(option: String, mode: [String]) throws {
    let elapsed = try requests(option, mode)
    #expect(elapsed > 0.88 && elapsed < 3, "\(elapsed)")
    #expect(try requests(",iops=1000000,bps=100G", mode) < 0.8)
  }

  /// The guest waits; so no frame is lost, though the window is larger than what may pass in a second.
  @Test(arguments: TapMachine.modes)
  func netRateSlowsTrafficAndLosesNothing(mode: [String]) throws {
    let network = try TapNamespace()
    let guest = try BuiltGuest.path("test/reflect")
    let machine = try TapMachine(
      in: network, image: guest, options: mode, setting: ",frames=1000")
    let start = ContinuousClock.now
    try Traffic.expectAll(2000, in: network)
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    #expect(elapsed > 1.8 && elapsed < 6, "\(elapsed)")
    let used = try machine.processorTime
    Thread.sleep(forTimeInterval: 0.5)
    #expect(try machine.processorTime - used < 0.1, "idle")
    #expect(machine.stop() == 143)
  }

  @Test(arguments: TapMachine.modes)
  func frameOverTheRateAreDroppedByTheTap(mode: [String]) throws {
    let network = try TapNamespace()
    let guest = try BuiltGuest.path("test/reflect")
    let machine = try TapMachine(in: network, image: guest, options: mode, setting: ",rate=1M")
    let stream = try Traffic.Stream(in: network)
    let before = try network.bytesFromTheGuest
    Thread.sleep(forTimeInterval: 2)
    let rate = Double(try network.bytesFromTheGuest - before) / 2 / Double(1 << 20)
    stream.end()
    #expect(rate < 1.2, "\(rate)")
    #expect(rate > 0.7, "\(rate)")
    #expect(machine.stop() == 143)
  }

  @Test(arguments: TapMachine.modes)
  func belowTheRateNothingChanges(mode: [String]) throws {
    let network = try TapNamespace()
    let guest = try BuiltGuest.path("test/reflect")
    let machine = try TapMachine(
      in: network, image: guest, options: mode, setting: ",rate=4G,frames=100000000")
    try Traffic.expectAll(20_000, in: network)
    #expect(machine.stop() == 143)
  }
}

extension rusage {
  fileprivate var seconds: Double {
    Double(ru_utime.tv_sec + ru_stime.tv_sec)
      + Double(ru_utime.tv_usec + ru_stime.tv_usec) / 1e6
  }
}

extension TapNamespace {
  /// What the guest has sent.
  fileprivate var bytesFromTheGuest: Int {
    get throws {
      let path = "/sys/class/net/\(tap)/statistics/rx_bytes"
      let result = try CommandResult(of: prefix + ["cat", path])
      return try #require(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
  }
}
