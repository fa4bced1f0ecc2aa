// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestFixtures
import Testing

/// Devices on the command line: what is wrong with them, and a tap that carries frames.
@Suite struct DeviceTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    var guest = GuestProgram(devices: [.net("service"), .block("storage")])
    guest.halt()
    path = try folder.file("app.elf", guest.image)
  }

  private func disk(_ count: Int) throws -> String {
    try folder.file("disk.img", [UInt8](repeating: 0, count: count))
  }

  private func expectRefused(
    _ arguments: [String], _ message: String, behind prefix: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Hvtrun.run([path] + arguments, behind: prefix)
    #expect(result.status == 125, sourceLocation: sourceLocation)
    #expect(result.errors == "hvtrun: \(message)\n", sourceLocation: sourceLocation)
    #expect(result.output == "", sourceLocation: sourceLocation)
  }

  @Test func unknownNameIsRefusedWithTheKnownOnes() throws {
    try expectRefused(
      ["--block", "disk=\(try disk(512))"],
      "the image declares no block device 'disk'; it has: storage")
  }

  @Test func nothingAttachedIsRefused() throws {
    try expectRefused(
      ["--block", try disk(512)], "not attached: net device 'service'")
  }

  @Test func attachingTwiceIsRefused() throws {
    let other = try folder.file("other.img", [UInt8](repeating: 0, count: 512))
    try expectRefused(
      ["--block", "storage=\(try disk(512))", "--block", "storage=\(other)"],
      "device 'storage' is attached twice")
    try expectRefused(
      ["--block", try disk(512), "--block", other], "the image declares no further block device")
  }

  @Test(arguments: [0, 511, 513]) func imageThatIsNoMultipleOfTheSectorIsRefused(size: Int) throws {
    let disk = try disk(size)
    try expectRefused(
      ["--block", disk],
      "\(disk): size \(size) is not a positive multiple of the sector size 512")
  }

  @Test func imageOfLargeSectorsIsRefused() throws {
    let disk = try disk(2048)
    try expectRefused(
      ["--block", "\(disk),sector=4096"],
      "\(disk): size 2048 is not a positive multiple of the sector size 4096")
    try expectRefused(
      ["--block", "\(disk),sector=1000"],
      "\(disk): sector size 1000 is not a power of two of at least 512")
  }

  @Test func missingImageIsNotCreated() throws {
    let missing = folder.url.appendingPathComponent("missing.img").path
    try expectRefused(["--block", missing], "\(missing): open: No such file or directory")
    #expect(try folder.contents == ["app.elf"])
  }

  @Test func missingTapIsNotCreated() throws {
    let network = try TapNamespace()
    let before = try network.interfaces
    try expectRefused(
      ["--net", "tap7"], "network interface 'tap7' does not exist", behind: network.prefix)
    #expect(try network.interfaces == before)
  }

  @Test func interfaceThatIsNoTapIsRefused() throws {
    let network = try TapNamespace()
    try expectRefused(
      ["--net", "lo"], "'lo' is not a tap interface without packet information",
      behind: network.prefix)
  }

  @Test func tapWithoutPermissionIsRefused() throws {
    let network = try TapNamespace()
    let command = try folder.copyOfHvtrun()
    try system("chmod", "644", path)
    let result = try Hvtrun.run(
      [path, "--net", network.tap], behind: network.prefix + asNobody(command))
    #expect(result.status == 125)
    #expect(
      result.errors == "hvtrun: /dev/net/tun: open: Permission denied\n"
        || result.errors == "hvtrun: tap0: TUNSETIFF: Operation not permitted\n")
  }

  @Test func tapCarriesFramesAndIsBusyMeanwhile() throws {
    let network = try TapNamespace()
    let echo = try folder.file("echo.elf", GuestProgram.echoing().image)
    let (output, errors) = (Pipe(), Pipe())
    let process = try Hvtrun.start(
      [echo, "--mem", "16M", "--net", "service=tap0,mac=02:00:00:00:00:07,mtu=1400"],
      behind: network.prefix, output: output, errors: errors)
    // The interface has its carrier once somebody is attached.
    let carrier = network.prefix + ["cat", "/sys/class/net/tap0/carrier"]
    var attached = false
    for _ in 0..<100 where !attached {
      attached = try text(of: carrier) == "1\n"
      if !attached { Thread.sleep(forTimeInterval: 0.05) }
    }
    #expect(attached)
    let second = try Hvtrun.run([echo, "--net", "tap0"], behind: network.prefix)
    #expect(second.status == 125)
    #expect(second.errors == "hvtrun: network interface 'tap0' is in use by another process\n")
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 143)
  }

  private func text(of words: [String]) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
