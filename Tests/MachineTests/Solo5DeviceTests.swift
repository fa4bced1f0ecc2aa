// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Tender
import Testing

/// Devices of Solo5 guests.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct Solo5DeviceTests {
  @Test(arguments: PrivilegeLevel.allCases, [512, 4096] as [UInt16])
  func diskDoesAndRefusesWhatItShould(level: PrivilegeLevel, blockSize: UInt16) async throws {
    let contents = [UInt8](repeating: 0x11, count: 1 << 18)
    let disk = MemoryBlockDevice(contents: contents, blockSize: blockSize)
    let run = try await runSolo5("block", "", level) { try $0.attach(block: disk, as: "storage") }
    #expect(run.status == 0)
    #expect(run.text.hasPrefix("capacity=262144 block_size=\(blockSize)\n"))
    #expect(run.lines.last == "ok", "\(run.text)")
    let touched = 8 * Int(blockSize)
    #expect(disk.contents[touched..<contents.count - touched].allSatisfy { $0 == 0x11 })
    #expect(!disk.contents.prefix(touched).allSatisfy { $0 == 0x11 })
  }

  private func expectEcho(
    _ configuration: MachineConfiguration, through ends: [VirtualLink], sizes: [Int], isRaw: Bool
  ) async throws {
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    for (index, size) in sizes.enumerated() {
      let end = ends[index % ends.count]
      let frame = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) }
      end.send(frame)
      let reply = isRaw ? frame : Array(frame[6..<12] + frame[0..<6] + frame[12...])
      #expect(try await end.waitForFrame() == reply)
    }
    #expect(try await outcome == .exited(status: 0, cookie: nil))
  }

  @Test(arguments: PrivilegeLevel.allCases, [false, true])
  func framesComeBack(level: PrivilegeLevel, isRaw: Bool) async throws {
    let (link, other) = try VirtualLink.pair()
    let console = Recorder()
    let sizes = [14, 15, 60, 61, 512, 1513, 1514, 1518] + [Int](repeating: 60, count: 92)
    var configuration = try BuiltGuest.configuration(
      "test/solo5-net", arguments: isRaw ? "100 raw" : "100", console: console)
    configuration.runsPrivileged = level == .privileged
    try configuration.attach(net: link)
    try await expectEcho(configuration, through: [other], sizes: sizes, isRaw: isRaw)
    let text = String(decoding: console.output, as: UTF8.self)
    #expect(text == "ready\nservice: 100 frames, \(sizes.reduce(0, +)) bytes\n")
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func largeFramesComeBackFromTwoInterfaces(level: PrivilegeLevel) async throws {
    let (link, other) = try VirtualLink.pair(mtu: 9000)
    let (second, secondOther) = try VirtualLink.pair(mtu: 9000)
    let console = Recorder()
    var configuration = try BuiltGuest.configuration(
      "test/solo5-net2", arguments: "40", console: console)
    configuration.runsPrivileged = level == .privileged
    try configuration.attach(net: second, as: "other")
    try configuration.attach(net: link, as: "service")
    let sizes = [9014, 9018] + (0..<38).map { 60 + $0 * 200 }
    try await expectEcho(configuration, through: [other, secondOther], sizes: sizes, isRaw: false)
    let text = String(decoding: console.output, as: UTF8.self)
    #expect(text.hasPrefix("ready\nservice: 20 frames, "))
    #expect(text.contains("\nother: 20 frames, "))
  }

  @Test(arguments: PrivilegeLevel.allCases)
  func manifestNames63Devices(level: PrivilegeLevel) async throws {
    var links: [VirtualLink] = []
    let run = try await runSolo5("devices63", "--info", level) { configuration in
      for number in 1...32 {
        let (link, _) = try VirtualLink.pair(mtu: UInt16(1000 + number))
        try configuration.attach(net: link, as: "net\(number)")
        links.append(link)
      }
      for number in 1...31 {
        let disk = MemoryBlockDevice(
          contents: [UInt8](repeating: 0, count: 4096 * number),
          blockSize: number % 2 == 0 ? 4096 : 512)
        try configuration.attach(block: disk, as: "block\(number)")
      }
    }
    #expect(run.status == 0)
    #expect(run.lines.last == "63 attached: 32 net, 31 block")
    #expect(run.text.contains("\nmanifest version=1 entries=64\n"))
    for number in 1...32 {
      let device = "device \(number * 2 - 1) name='net\(number)' type=0x2 attached=1"
      let address = links[number - 1].macAddress
      #expect(run.lines.contains("\(device) mac=\(address) mtu=\(1000 + number)"[...]))
    }
    for number in 1...31 {
      let device = "device \(number * 2) name='block\(number)' type=0x1 attached=1"
      let size = number % 2 == 0 ? 4096 : 512
      #expect(
        run.lines.contains("\(device) capacity=\(4096 * number) block_size=\(size)"[...]))
    }
  }
}
