// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import GuestImage
import Tender
import Testing

/// Guests in Swift, as scripts/build leaves them.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SwiftGuestTests {
  @Test
  func helloFromAFileAndFromMemory() async throws {
    let run = try await run("hello", arguments: "one two")
    #expect(run.outcome == .exited(status: 0, cookie: nil))
    #expect(run.text == "Hello from Swift\none\ntwo\n")

    let bytes = Array(try Data(contentsOf: URL(filePath: try BuiltGuest.image("hello").name)))
    let console = Recorder()
    let image = try Image(bytes: bytes, name: "hello")
    var configuration = MachineConfiguration(image: image, console: console)
    configuration.memorySize = smallMemory
    #expect(try await Machine(configuration).run() == .exited(status: 0, cookie: nil))
    #expect(console.output == Array("Hello from Swift\n".utf8))
  }

  @Test(arguments: [0, 7, 255, -1] as [Int32])
  func exitStatus(status: Int32) async throws {
    #expect(try await run("test/exit", arguments: "\(status)").status == status)
  }

  @Test
  func argumentsAreSplitAtSpaces() async throws {
    let run = try await run("test/echoargs", arguments: "  one  --two=2 Grüße ")
    #expect(run.text == "one\n--two=2\nGrüße\n")
  }

  @Test
  func concurrency() async throws {
    let run = try await run("test/concurrency")
    #expect(run.status == 0)
    #expect(run.text.hasSuffix("ok\n"), "\(run.text)")
  }

  @Test
  func heap() async throws {
    let run = try await run("test/heap")
    #expect(run.status == 0)
    #expect(run.text == "ok\n")
  }

  @Test(arguments: ["exhaust", "foreign-free"])
  func misuseOfTheHeapPanics(kind: String) async throws {
    let run = try await run("test/heap", arguments: kind)
    #expect(run.exception?.description == "trap instruction (ud2)")
    #expect(run.text.contains("Fatal error: "), "\(run.text)")
  }

  @Test
  func entropyDiffers() async throws {
    var values: Set<String> = []
    for _ in 0..<4 {
      let text = try await run("test/entropy").text
      #expect(text.utf8.count == 65)
      values.insert(text)
    }
    #expect(values.count == 4)
  }

  @Test
  func clocks() async throws {
    let before = Date().timeIntervalSince1970
    let run = try await run("test/clock")
    let after = Date().timeIntervalSince1970
    let values = run.text.split(separator: "\n").compactMap { line in
      line.split(separator: " ").last.flatMap { UInt64($0) }
    }
    try #require(values.count == 3, "\(run.text)")
    #expect((before - 0.01...after + 0.01).contains(Double(values[1]) / 1e9))
    #expect((50_000_000..<2_000_000_000).contains(values[2]))
  }

  @Test
  func panicReachesTheConsole() async throws {
    let run = try await run("test/panic")
    #expect(run.exception?.description == "trap instruction (ud2)")
    #expect(run.text.contains("PanicGuest.swift:9: Fatal error: the message"), "\(run.text)")
    let image = try BuiltGuest.image("test/panic")
    let report = FaultReport(try #require(run.fault), in: image).description
    #expect(report.contains(" sl_boot"), "\(report)")
  }

  @Test(arguments: [
    ("index", "Index out of range"), ("overflow", nil), ("division", "Division by zero"),
    ("conversion", nil), ("precondition", "there are arguments"),
    ("deadlock", "every task waits, and nothing is left that could wake one"),
  ])
  func failedCheckTraps(kind: String, message: String?) async throws {
    let run = try await run("test/trap", arguments: kind)
    #expect(run.exception?.description == "trap instruction (ud2)", "\(run.text)")
    if let message { #expect(run.text.contains(message), "\(run.text)") }
  }

  @Test(arguments: [(512, false), (4096, false), (512, true)] as [(UInt16, Bool)], [true, false])
  func diskDoesAndRefusesWhatItShould(
    device: (blockSize: UInt16, isReadOnly: Bool), withQueues: Bool
  ) async throws {
    let (blockSize, isReadOnly) = device
    let contents = [UInt8](repeating: 0x11, count: 1 << 17)
    let run = try await run("test/disk") { configuration in
      configuration.offersQueues = withQueues
      try configuration.attach(
        block: MemoryBlockDevice(
          contents: contents, blockSize: blockSize, isReadOnly: isReadOnly))
    }
    #expect(run.status == 0)
    #expect(run.text.hasSuffix("ok\n"), "\(run.text)")
  }

  @Test(arguments: [true, false])
  func framesComeBack(withQueues: Bool) async throws {
    let (link, other) = try VirtualLink.pair()
    let console = Recorder()
    var configuration = try BuiltGuest.configuration(
      "test/frames", arguments: "100", console: console)
    configuration.offersQueues = withQueues
    try configuration.attach(net: link)
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    for index in 0..<100 {
      let frame = [UInt8](repeating: UInt8(index), count: 60 + index * 14)
      other.send(frame)
      #expect(try await other.waitForFrame() == frame)
    }
    #expect(try await outcome == .exited(status: 0, cookie: nil))
    #expect(String(decoding: console.output, as: UTF8.self).contains("100 frames, "))
  }

  /// An ARP request and an echo request, by bytes (RFC 826, RFC 792).
  @Test
  func pingGuestAnswersByBytes() async throws {
    let (link, other) = try VirtualLink.pair()
    let console = Recorder()
    var configuration = try BuiltGuest.configuration(
      "ping", arguments: "--ipv4=10.0.0.2/24", console: console)
    try configuration.attach(net: link)
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    let (mine, guests) = ([2, 0, 0, 0, 0, 9] as [UInt8], link.macAddress.octets)
    let broadcast = [UInt8](repeating: 0xff, count: 6)
    let arp: [UInt8] = [8, 6, 0, 1, 8, 0, 6, 4, 0]
    other.send(
      broadcast + mine + arp + [1] + mine + [10, 0, 0, 1] + [0, 0, 0, 0, 0, 0] + [10, 0, 0, 2])
    let reply = try await other.waitForFrame()
    #expect(
      reply.prefix(42)
        == (mine + guests + arp + [2] + guests + [10, 0, 0, 2] + mine + [10, 0, 0, 1])[...])

    // Type 8 to 0 raises the checksum of the message by 0x800; the header's stays.
    let payload: [UInt8] = [8, 0, 0xf7, 0xfd, 0, 1, 0, 1]
    let header: [UInt8] = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0x66, 0xdf]
    let ends: [UInt8] = [10, 0, 0, 1, 10, 0, 0, 2]
    other.send(guests + mine + [8, 0] + header + ends + payload)
    let echo = try await other.waitForFrame()
    #expect(Array(echo[0..<14]) == mine + guests + [8, 0])
    #expect(Array(echo[26..<34]) == [10, 0, 0, 2, 10, 0, 0, 1])
    #expect(Array(echo[34..<42]) == [0, 0, 0xff, 0xfd, 0, 1, 0, 1])
    machine.stop()
    #expect(try await outcome == .stopped)
  }

  @Test
  func spinningGuestIsStopped() async throws {
    let console = Recorder()
    let machine = try Machine(try BuiltGuest.configuration("test/spin", console: console))
    async let outcome = machine.run()
    try await console.waitForOutput()
    machine.stop()
    #expect(try await outcome == .stopped)
  }
}
