// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import HVTABI
import Tender
import Testing

/// Frames between machines and tools that a cable inside the process connects.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct NetTests {
  private static let again: Int32 = 1
  private static let invalid: Int32 = 2

  @Test(arguments: [14, 15, 59, 60, 61, 64, 512, 1513, 1514, 1515, 1518] as [Int])
  func frameComesBackUnchanged(count: Int) async throws {
    let (link, other) = try VirtualLink.pair()
    let console = Recorder()
    var configuration = try GuestProgram.echoing().configuration(console)
    try configuration.attach(net: link)
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    let frame = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ count) }
    other.send(frame)
    #expect(try await other.waitForFrame() == frame)
    machine.stop()
    #expect(try await outcome == .stopped)
  }

  @Test
  func manyFramesKeepTheirOrder() async throws {
    let (link, other) = try VirtualLink.pair()
    let console = Recorder()
    var configuration = try GuestProgram.echoing().configuration(console)
    try configuration.attach(net: link)
    let machine = try Machine(configuration)
    async let outcome = machine.run()
    for round in 0..<10 {
      let frames = (0..<100).map { [UInt8](repeating: UInt8($0 + round), count: 60 + $0) }
      for frame in frames { other.send(frame) }
      for frame in frames { #expect(try await other.waitForFrame() == frame) }
    }
    machine.stop()
    #expect(try await outcome == .stopped)
  }

  /// One machine sends, the other returns, the first one checks.
  @Test
  func twoMachinesOnOneCable() async throws {
    let (one, other) = try VirtualLink.pair()
    var sender = GuestProgram(devices: [.net("service")])
    let frame = (0..<200).map { UInt8($0) }
    let buffer = sender.reserve(2048)
    let read = sender.place(words: [1, buffer, 2048, 0])
    let write = sender.place(words: [1, sender.place(frame), 200, 0])
    let rounds = sender.place(words: [50])
    let start = sender.here
    sender.call(.netWrite, write)
    sender.sleep(.max)
    sender.store(2048, at: read + 16)
    sender.call(.netRead, read)
    sender.jump(to: start, untilCountedDownAt: rounds)
    sender.show(read + 16, 8)
    sender.show(buffer, 200)
    sender.halt()

    var configuration = try GuestProgram.echoing().configuration(Recorder())
    try configuration.attach(net: other)
    let echo = try Machine(configuration)
    async let echoOutcome = echo.run()
    let run = try await sender.run { try $0.attach(net: one) }
    #expect(run.status == 0)
    #expect(try run.value(at: 0, as: UInt64.self) == 200)
    #expect(Array(run.output.dropFirst(8)) == frame)
    echo.stop()
    #expect(try await echoOutcome == .stopped)
  }

  /// Results of one `netWrite` with each length.
  @Test(
    arguments: [
      (68, 13...15), (68, 85...87), (1500, 0...0), (1500, 13...14), (1500, 1518...1519),
      (9000, 9018...9019),
    ]
      as [(UInt16, ClosedRange<UInt64>)])
  func lengthOfAFrameIsChecked(mtu: UInt16, lengths: ClosedRange<UInt64>) async throws {
    var guest = GuestProgram(devices: [.net("service")])
    for length in lengths {
      let write = guest.place(words: [1, GuestProgram.heapStart, length, .max])
      guest.call(.netWrite, write)
      guest.show(write + 24, 8)
    }
    guest.halt()
    let (link, other) = try VirtualLink.pair(mtu: mtu)
    let run = try await guest.run { try $0.attach(net: link) }
    for (index, length) in lengths.enumerated() {
      let isAllowed = (14...UInt64(mtu) + 18).contains(length)
      #expect(try run.value(at: 8 * index, as: Int32.self) == (isAllowed ? 0 : Self.invalid))
      #expect(try run.value(at: 8 * index + 4, as: UInt32.self) == .max, "padding stays")
      if isAllowed { #expect(other.nextFrame()?.count == Int(length)) }
    }
    #expect(other.nextFrame() == nil)
  }

  /// Huge lengths are a wrong argument first: the buffer is not looked at.
  @Test(arguments: [1 << 20, 1 << 32, 1 << 63, .max] as [UInt64])
  func hugeFrameIsAWrongArgument(length: UInt64) async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let write = guest.place(words: [1, 0, length, 0])
    guest.call(.netWrite, write)
    guest.show(write + 24, 4)
    guest.halt()
    let (link, _) = try VirtualLink.pair()
    let run = try await guest.run { try $0.attach(net: link) }
    #expect(try run.value(at: 0, as: Int32.self) == Self.invalid)
  }

  @Test
  func readWithoutAFrameSaysAgain() async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let read = guest.place(words: [1, GuestProgram.heapStart, 2048, .max])
    guest.call(.netRead, read)
    guest.show(read + 16, 16)
    guest.halt()
    let (link, _) = try VirtualLink.pair()
    let run = try await guest.run { try $0.attach(net: link) }
    #expect(try run.value(at: 0, as: UInt64.self) == 2048, "len keeps its value")
    #expect(try run.value(at: 8, as: Int32.self) == Self.again)
    #expect(try run.value(at: 12, as: UInt32.self) == .max, "padding stays")
  }

  @Test(arguments: [1, 13, 59, 60, 61, 4096] as [UInt64])
  func frameIsCutToTheBuffer(size: UInt64) async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let buffer = guest.place([UInt8](repeating: 0xee, count: 4096))
    let read = guest.place(words: [1, buffer, size, .max])
    guest.call(.netRead, read)
    guest.show(read + 16, 16)
    guest.show(buffer, 64)
    guest.halt()
    let (link, other) = try VirtualLink.pair()
    let frame = (0..<60).map { UInt8($0) }
    other.send(frame)
    let run = try await guest.run { try $0.attach(net: link) }
    let stored = min(size, 60)
    #expect(try run.value(at: 0, as: UInt64.self) == stored)
    #expect(try run.value(at: 8, as: Int32.self) == 0)
    #expect(
      Array(run.output[16...])
        == frame.prefix(Int(stored)) + [UInt8](repeating: 0xee, count: 64 - Int(stored)))
  }

  @Test
  func readIntoNothingIsAWrongArgument() async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let read = guest.place(words: [1, 0, 0, 0])
    guest.call(.netRead, read)
    guest.show(read + 24, 4)
    guest.halt()
    let (link, other) = try VirtualLink.pair()
    other.send([UInt8](repeating: 1, count: 60))
    let run = try await guest.run { try $0.attach(net: link) }
    #expect(try run.value(at: 0, as: Int32.self) == Self.invalid)
  }

  @Test
  func frameForAFullCableIsDropped() async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let write = guest.place(words: [1, GuestProgram.heapStart, 60, 0])
    let rounds = guest.place(words: [10])
    let start = guest.here
    guest.call(.netWrite, write)
    guest.show(write + 24, 4)
    guest.jump(to: start, untilCountedDownAt: rounds)
    guest.halt()
    let (link, other) = try VirtualLink.pair(capacity: 4)
    let run = try await guest.run { try $0.attach(net: link) }
    #expect(run.output == [UInt8](repeating: 0, count: 40), "every result is OK")
    var count = 0
    while other.nextFrame() != nil { count += 1 }
    #expect(count == 4)
  }

  @Test(arguments: [0, 2, 3, 63, 64, 65, 1 << 32, (1 << 32) + 1, 1 << 63, .max] as [UInt64])
  func handleOfNoNetDeviceIsAWrongArgument(handle: UInt64) async throws {
    var guest = GuestProgram(devices: [.net("service"), .block("storage")])
    let write = guest.place(words: [handle, 0, 60, 0])
    let read = guest.place(words: [handle, 0, 60, 0])
    guest.call(.netWrite, write)
    guest.show(write + 24, 4)
    guest.call(.netRead, read)
    guest.show(read + 24, 4)
    guest.halt()
    let (link, _) = try VirtualLink.pair()
    let run = try await guest.run { configuration in
      try configuration.attach(net: link)
      try configuration.attach(block: MemoryBlockDevice(contents: Array(repeating: 0, count: 512)))
    }
    #expect(try run.value(at: 0, as: Int32.self) == Self.invalid)
    #expect(try run.value(at: 4, as: Int32.self) == Self.invalid)
  }

  /// A device that goes away is the host's failure, not the guest's.
  @Test
  func deviceThatIsGoneEndsTheMachine() async throws {
    var configuration = try GuestProgram.echoing().configuration(Recorder())
    try configuration.attach(net: GoneDevice())
    let machine = try Machine(configuration)
    let error = await #expect(throws: MachineError.self) { _ = try await machine.run() }
    #expect(error?.description.hasPrefix("gone: read:") == true)
  }
}
