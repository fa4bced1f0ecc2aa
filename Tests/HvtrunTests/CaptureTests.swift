// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// `hvtrun --pcap`, with tshark as the judge.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct CaptureTests {
  private let folder: TemporaryFolder
  private let network: TapNamespace
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    network = try TapNamespace()
    path = folder.url.appendingPathComponent("capture.pcapng").path
  }

  private func ping(_ count: Int) throws {
    try system(network.prefix + ["ping", "-q", "-c", "\(count)", "-i", "0.01", "10.0.0.2"])
  }

  private func options(_ mode: [String]) -> [String] {
    mode + ["--pcap", path, "--", "--ipv4=10.0.0.2/24"]
  }

  @Test(arguments: TapMachine.modes)
  func bothDirectionsAreRecorded(mode: [String]) throws {
    let machine = try TapMachine(
      in: network, image: try BuiltGuest.path("ping"), options: options(mode))
    try ping(5)
    #expect(machine.stop() == 143)
    let packets = try Capture.fields(
      of: path, ["frame.interface_name", "frame.packet_flags_direction", "icmp.type", "icmp.seq"],
      filter: "icmp")
    let expected = (1...5).flatMap { number in
      [["service", "0x00000001", "8", "\(number)"], ["service", "0x00000002", "0", "\(number)"]]
    }
    #expect(packets == expected)
    let times = try Capture.fields(of: path, ["frame.time_epoch"], filter: "").flatMap { $0 }
    let now = Date().timeIntervalSince1970
    #expect(times.allSatisfy { abs((Double($0) ?? 0) - now) < 60 })
    #expect(times == times.sorted())
    #expect(times.contains { !$0.hasSuffix("000") }, "nanoseconds")
  }

  /// A guest without queues makes a hypercall for each frame.
  @Test func framesOfHypercallsAreRecorded() throws {
    let image = try folder.file("echo.elf", GuestProgram.echoing().image)
    let machine = try TapMachine(in: network, image: image, options: ["--pcap", path])
    // Nobody has the address that the kernel asks for.
    _ = try CommandResult(
      of: network.prefix + ["ping", "-q", "-c", "1", "-W", "1", "10.0.0.77"])
    #expect(machine.stop() == 143)
    let directions = try Capture.fields(
      of: path, ["frame.packet_flags_direction"], filter: "arp.dst.proto_ipv4 == 10.0.0.77")
    #expect(directions.count >= 2)
    #expect(directions.prefix(2) == [["0x00000001"], ["0x00000002"]])
  }

  @Test func recordIsInTheFileWhileTheMachineRuns() throws {
    let machine = try TapMachine(
      in: network, image: try BuiltGuest.path("ping"), options: options([]))
    try ping(3)
    Thread.sleep(forTimeInterval: 0.3)
    #expect(try Capture.fields(of: path, ["icmp.seq"], filter: "icmp").count == 6)
    #expect(machine.isRunning)
    #expect(machine.stop() == 143)
  }

  /// The file is on a disk of 64 KiB, which is gone with the machine.
  @Test(arguments: TapMachine.modes)
  func fullDiskEndsTheCaptureAndNotTheMachine(mode: [String]) throws {
    let disk = folder.url.path
    let inside = [
      "sh", "-c", "mount -t tmpfs -o size=64k tmpfs \(disk) && exec \"$@\"", "sh",
    ]
    let (output, errors) = (Pipe(), Pipe())
    let process = try Hvtrun.start(
      ["--net", network.tap, try BuiltGuest.path("ping")] + options(mode),
      behind: network.prefix + inside, output: output, errors: errors)
    try #require(!output.fileHandleForReading.availableData.isEmpty)
    try system(
      network.prefix + ["ping", "-q", "-c", "100", "-s", "1400", "-i", "0.002", "10.0.0.2"])
    Thread.sleep(forTimeInterval: 0.3)
    // More pings are answered, and not recorded.
    try ping(20)
    let rest = folder.url.appendingPathComponent("rest.pcapng").path
    try system("cp", "/proc/\(process.processIdentifier)/root\(path)", rest)
    let numbers = try Capture.fields(of: rest, ["icmp.seq"], filter: "icmp")
    #expect((20..<100).contains(numbers.count))
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit(seconds: 10)
    #expect(process.terminationStatus == 143)
    let messages = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(
      messages == "hvtrun: \(path): write: No space left on device: "
        + "the capture ends there, and the guest runs on\n")
  }

  @Test func fileThatCannotBeCreatedIsRefused() throws {
    let result = try Hvtrun.run(
      [
        try BuiltGuest.path("ping"), "--net", network.tap, "--pcap", "/nowhere/a.pcapng", "--",
        "--ipv4=10.0.0.2/24",
      ], behind: network.prefix)
    #expect(result.status == 125)
    #expect(result.errors == "hvtrun: /nowhere/a.pcapng: open: No such file or directory\n")
  }

  @Test func captureOfNoDeviceIsRefused() throws {
    let result = try Hvtrun.run([try BuiltGuest.path("hello"), "--pcap", path])
    #expect(result.status == 125)
    #expect(
      result.errors == "hvtrun: --pcap records net devices, and no --net attaches one"
        + " (see hvtrun --help)\n")
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
