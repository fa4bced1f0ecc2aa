// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import HVTABI
import Testing

/// Guests on taps, in network namespaces of their own.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct TapTests {
  private let folder: TemporaryFolder
  private let network: TapNamespace

  init() throws {
    folder = try TemporaryFolder()
    network = try TapNamespace()
  }

  /// Runs `words` inside the namespace; what they print.
  private func run(_ words: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = network.prefix + words
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// Runs `body` while the guest runs, once it has said something.
  private func whileRunning(
    _ arguments: [String], input: FileHandle = .nullDevice, _ body: () throws -> Void
  ) throws {
    let (output, errors) = (Pipe(), Pipe())
    let process = try Hvtrun.start(
      arguments, behind: network.prefix, input: input, output: output, errors: errors)
    defer {
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
    }
    let words = output.fileHandleForReading.availableData
    try #require(
      !words.isEmpty,
      "\(String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))")
    try body()
  }

  @Test func guestAnswersRealPings() throws {
    let guest = try BuiltGuest.path("ping")
    let arguments = ["--mem", "16M", "--net", network.tap, "--", "--ipv4=10.0.0.2/24"]
    try whileRunning([guest] + arguments) {
      for size in ["8", "56", "1472"] {
        let ping = try run("ping", "-c", "20", "-i", "0.01", "-W", "2", "-s", size, "10.0.0.2")
        #expect(ping.status == 0, "\(ping.output)")
        #expect(ping.output.contains("20 received, 0% packet loss"), "\(ping.output)")
      }
    }
  }

  /// The kernel asks for an address by broadcast; each frame comes back.
  @Test func framesComeBackThroughTheTap() throws {
    let image = try folder.file("echo.elf", GuestProgram.echoing().image)
    try whileRunning([image, "--mem", "16M", "--net", network.tap]) {
      _ = try run("ping", "-c", "1", "-W", "1", "10.0.0.77")
      let folder = "/sys/class/net/\(network.tap)/statistics"
      let received = try run("cat", "\(folder)/rx_packets").output
      #expect((Int(received.dropLast()) ?? 0) > 0)
    }
  }

  /// What the guest is told of its device, as entry 1 of the manifest has it.
  private func properties(_ option: String, input: FileHandle = .nullDevice) throws -> [UInt8] {
    try properties(["--mem", "16M", "--net", option], input: input)
  }

  /// The same with the options before the image.
  private func properties(
    _ options: [String], input: FileHandle = .nullDevice
  ) throws -> [UInt8] {
    var guest = GuestProgram(devices: [.net("service")])
    let block = guest.place(words: [0, 8])
    guest.loadBootField(32, to: .rax)
    guest.emit(0x48, 0x05, 184, 0, 0, 0)  // add rax, 8 + 104 + 72
    guest.store(.rax, at: block)
    guest.call(.puts, block)
    guest.halt()
    let image = try folder.file("properties.elf", guest.image)
    let (output, errors) = (Pipe(), Pipe())
    let process = try Hvtrun.start(
      options + [image], behind: network.prefix, input: input, output: output, errors: errors)
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let messages = errors.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationStatus == 0, "\(String(decoding: messages, as: UTF8.self))")
    return Array(bytes)
  }

  @Test func addressAndMTUReachTheGuest() throws {
    let given = try properties("\(network.tap),mac=52:54:00:12:34:56,mtu=1400")
    #expect(given == [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x78, 0x05])
    try system("ip", "-n", network.name, "link", "set", network.tap, "mtu", "9000")
    let own = try properties("service=\(network.tap)")
    #expect(Array(own.suffix(2)) == [0x28, 0x23])
    #expect(own[0] & 3 == 2, "local and individual")
    #expect(try properties(network.tap).prefix(6) != own.prefix(6), "random")
  }

  @Test func solo5FormAttachesTheTap() throws {
    let expected: [UInt8] = [2, 0, 0, 0, 0, 7, 0xdc, 0x05]
    let (tap, address) = ("--net:service=\(network.tap)", "--net-mac:service=02:00:00:00:00:07")
    #expect(try properties(["--mem=16", tap, address]) == expected)
    #expect(try properties([address, tap, "--"]) == expected)
  }

  @Test func tapMayBeAnOpenDescriptor() throws {
    let tap = try network.openTap()
    #expect(
      try properties(
        ["--net:service=@0", "--net-mac:service=02:00:00:00:00:01"], input: tap)
        == [2, 0, 0, 0, 0, 1, 0xdc, 0x05])
    #expect(
      try properties("@0,mac=02:00:00:00:00:01", input: tap)
        == [2, 0, 0, 0, 0, 1, 0xdc, 0x05])
    let image = try folder.file("echo.elf", GuestProgram.echoing().image)
    try whileRunning([image, "--mem", "16M", "--net", "@0"], input: tap) {
      _ = try run("ping", "-c", "1", "-W", "1", "10.0.0.77")
    }
    let other = try Hvtrun.run([image, "--mem", "16M", "--net", "@0"])
    #expect(other.status == 125)
    #expect(other.errors == "hvtrun: '@0' is not a tap interface without packet information\n")
  }
}
