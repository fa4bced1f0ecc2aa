// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// Solo5 guests on taps, in network namespaces of their own.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct Solo5TapTests {
  private let network: TapNamespace

  init() throws {
    network = try TapNamespace()
    // What the kernel sends of its own accord would be counted.
    try system(
      "ip", "netns", "exec", network.name, "sh", "-c",
      """
      for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do
        [ ! -e $file ] || echo 1 >$file
      done
      """)
  }

  /// An address that nobody has but that the kernel knows where to send to: each ping's request is a
  /// frame for the guest.
  private func addNeighbour(_ address: String, on tap: String) throws {
    try system(
      "ip", "-n", network.name, "neighbour", "replace", address, "lladdr", "02:00:00:00:00:77",
      "dev", tap, "nud", "permanent")
  }

  private func send(_ count: Int, bytes: Int, to address: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      network.prefix
      + ["ping", "-q", "-c", "\(count)", "-i", "0.01", "-W", "1", "-s", "\(bytes)", address]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    // Nobody answers: the frames come back as they were, but for the addresses of the hosts.
    #expect(process.terminationStatus == 1)
  }

  /// Frames and bytes that came to `tap` from the guest.
  private func received(_ tap: String) throws -> (frames: Int, bytes: Int) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let folder = "/sys/class/net/\(tap)/statistics"
    process.arguments = network.prefix + ["cat", "\(folder)/rx_packets", "\(folder)/rx_bytes"]
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let numbers = String(decoding: data, as: UTF8.self).split(separator: "\n")
      .compactMap { Int($0) }
    try #require(numbers.count == 2)
    return (numbers[0], numbers[1])
  }

  /// Starts the guest, waits until it is ready, runs `body`, and returns what it then says until its
  /// end.
  private func run(
    _ guest: String, _ options: [String], frames: Int, _ body: () throws -> Void
  ) throws -> String {
    let (output, errors) = (Pipe(), Pipe())
    let process = try Hvtrun.start(
      [try BuiltGuest.path("test/solo5-\(guest)"), "--mem", "16M"] + options
        + ["--", "\(frames)"],
      behind: network.prefix, output: output, errors: errors)
    defer {
      if process.isRunning { kill(process.processIdentifier, SIGTERM) }
      process.waitUntilExit()
    }
    let ready = output.fileHandleForReading.availableData
    try #require(
      !ready.isEmpty,
      "\(String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))")
    try body()
    let rest = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: ready + rest, as: UTF8.self)
  }

  @Test(arguments: [[], ["--cpl0"]])
  func framesComeBackThroughATap(level: [String]) throws {
    try addNeighbour("10.0.0.77", on: network.tap)
    let text = try run("net", level + ["--net", "service=\(network.tap)"], frames: 20) {
      try send(20, bytes: 56, to: "10.0.0.77")
    }
    #expect(text == "ready\nservice: 20 frames, \(20 * 98) bytes\n")
    #expect(try received(network.tap) == (20, 20 * 98))
  }

  /// Two interfaces with frames of 9014 bytes.
  @Test(arguments: [[], ["--cpl0"]])
  func largeFramesComeBackThroughTwoTaps(level: [String]) throws {
    let other = "tap1"
    try system("ip", "-n", network.name, "tuntap", "add", other, "mode", "tap")
    try system("ip", "-n", network.name, "address", "add", "10.0.1.1/24", "dev", other)
    for tap in [network.tap, other] {
      try system("ip", "-n", network.name, "link", "set", tap, "mtu", "9000", "up")
    }
    try addNeighbour("10.0.0.77", on: network.tap)
    try addNeighbour("10.0.1.77", on: other)
    let options = ["--net", "service=\(network.tap)", "--net", "other=\(other)"]
    let text = try run("net2", level + options, frames: 30) {
      try send(10, bytes: 8972, to: "10.0.0.77")
      try send(20, bytes: 8972, to: "10.0.1.77")
    }
    #expect(
      text == """
        ready
        service: 10 frames, \(10 * 9014) bytes
        other: 20 frames, \(20 * 9014) bytes

        """)
    #expect(try received(network.tap) == (10, 10 * 9014))
    #expect(try received(other) == (20, 20 * 9014))
  }
}
