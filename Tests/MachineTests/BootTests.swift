// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestImage
import HVTABI
import Tender
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct BootTests {
  @Test(arguments: [0, 1, 7, 254, 255, 256, -1, .max, .min] as [Int32])
  func exitStatusIsTheGuests(status: Int32) async throws {
    let run = try await GuestProgram.exiting(status).run()
    #expect(run.outcome == .exited(status: status, cookie: nil))
    #expect(run.output.isEmpty)
  }

  @Test
  func haltPassesItsCookieOn() async throws {
    let cookie = (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var guest = GuestProgram()
    guest.halt(3, cookie: guest.place(cookie))
    #expect(try await guest.run().outcome == .exited(status: 3, cookie: cookie))
  }

  /// The guest sees its memory's size and reaches the ends of heap and stack.
  @Test(arguments: [2, 4, 6, 16, 64, 512, 1024, 2048, 4094, 4096] as [UInt64])
  func memoryIsAsLargeAsConfigured(mebibytes: UInt64) async throws {
    let size = mebibytes << 20
    var guest = GuestProgram()
    let report = guest.place(words: [0])
    guest.loadBootField(0, to: .rax)
    guest.store(.rax, at: report)
    for (field, offset) in [(64, 0), (72, -8), (80, 0), (88, -8)] as [(UInt8, Int8)] {
      guest.loadBootField(field, to: .rax)
      guest.emit(0x48, 0x83, 0x40, UInt8(bitPattern: offset), 1)  // add qword [rax + offset], 1
    }
    guest.show(report, 8)
    guest.halt()
    let run = try await guest.run { $0.memorySize = size }
    #expect(run.status == 0)
    #expect(try run.value(at: 0, as: UInt64.self) == size)
  }

  @Test(arguments: [
    (0, "0"), (1, "1 MiB"), ((4 << 30) + (2 << 20), "more than 4 GiB"), (3 << 20, "odd"),
  ])
  func memoryOfOtherSizesIsRefused(size: UInt64, _: String) throws {
    var configuration = try GuestProgram.exiting(0).configuration(Recorder())
    configuration.memorySize = size
    let error = #expect(throws: MachineError.self) { _ = try Machine(configuration) }
    #expect(
      error?.description == "memory size \(size) is not a multiple of 2 MiB from 2 MiB to 4 GiB")
  }

  @Test
  func memoryThatIsTooSmallIsRefused() throws {
    var guest = GuestProgram.exiting(0)
    guest.stackSize = 16 << 20
    let configuration = try guest.configuration(Recorder())
    let error = #expect(throws: MachineError.self) { _ = try Machine(configuration) }
    let needed = GuestProgram.heapStart + 4096 + guest.stackSize
    #expect(error?.description.contains("size \(smallMemory) is too small") == true)
    #expect(error?.description.contains("needs") == true)
    #expect(needed > smallMemory)
  }

  @Test(arguments: ["", "one", "  two  words ", "Grüße, 世界"])
  func commandLineArrivesUnchanged(commandLine: String) async throws {
    try await expectArrival(of: commandLine)
  }

  @Test(arguments: [4095, 4096, 8191])
  func longCommandLineArrivesUnchanged(count: Int) async throws {
    try await expectArrival(of: String(repeating: "x", count: count))
  }

  private func expectArrival(of commandLine: String) async throws {
    var guest = GuestProgram()
    let block = guest.place(words: [0, 8192])
    guest.loadBootField(24, to: .rax)
    guest.store(.rax, at: block)
    guest.call(.puts, block)
    guest.halt()
    let run = try await guest.run { $0.commandLine = commandLine }
    #expect(run.output.count == 8192)
    #expect(run.output.prefix { $0 != 0 } == Array(commandLine.utf8)[...])
    #expect(run.output.drop { $0 != 0 }.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [
    ("é", 4096, "the guest's command line has 8192 bytes; the most is 8191"),
    ("a\0b", 1, "the guest's command line has a NUL character"),
  ])
  func commandLineIsChecked(text: String, count: Int, message: String) throws {
    var configuration = try GuestProgram.exiting(0).configuration(Recorder())
    configuration.commandLine = String(repeating: text, count: count)
    let error = #expect(throws: MachineError.self) { _ = try Machine(configuration) }
    #expect(error?.description == message)
  }

  @Test
  func entryStateIsTheABIs() async throws {
    var guest = GuestProgram()
    let state = guest.place(words: Array(repeating: 0, count: 18))
    let registers: [[UInt8]] = [
      [0x48, 0x89, 0x04, 0x25], [0x48, 0x89, 0x0c, 0x25], [0x48, 0x89, 0x14, 0x25],
      [0x48, 0x89, 0x1c, 0x25], [0x48, 0x89, 0x24, 0x25], [0x48, 0x89, 0x2c, 0x25],
      [0x48, 0x89, 0x34, 0x25], [0x48, 0x89, 0x3c, 0x25], [0x4c, 0x89, 0x04, 0x25],
      [0x4c, 0x89, 0x0c, 0x25], [0x4c, 0x89, 0x14, 0x25], [0x4c, 0x89, 0x1c, 0x25],
      [0x4c, 0x89, 0x24, 0x25], [0x4c, 0x89, 0x2c, 0x25], [0x4c, 0x89, 0x34, 0x25],
      [0x4c, 0x89, 0x3c, 0x25],
    ]
    for (index, opcode) in registers.enumerated() {
      var address: [UInt8] = []
      address.append(littleEndian: UInt32(state) + UInt32(8 * index))
      guest.emit(opcode + address)  // mov [address], register
    }
    guest.emit(0x9c, 0x58)  // pushf; pop rax
    guest.store(.rax, at: state + 128)
    guest.emit(0x8c, 0xc8)  // mov eax, cs
    guest.store(.rax, at: state + 136)
    guest.show(state, 144)
    guest.halt()
    let run = try await guest.run()
    #expect(run.status == 0)
    let top = smallMemory
    for index in 0..<16 {
      let value = try run.value(at: 8 * index, as: UInt64.self)
      switch index {
      case 4: #expect(value == top - 72, "rsp")
      case 7: #expect(value > 0 && value < 0x10_0000, "rdi")
      default: #expect(value == 0, "register \(index)")
      }
    }
    // IF, which some hosts of CPL 3 show as set, is not the guest's to see or to change.
    #expect(try run.value(at: 128, as: UInt64.self) & ~0x200 == 2)
    #expect(try run.value(at: 136, as: UInt64.self) & 3 == 3)
  }

  /// The whole boot information against SPEC.md, 5.3, and the top of the stack against 5.2.
  @Test
  func bootInformationIsComplete() async throws {
    var guest = GuestProgram()
    let block = guest.place(words: [0, 120])
    guest.store(.rdi, at: block)
    let stack = guest.place(words: [smallMemory - 72, 72])
    guest.call(.puts, block)
    guest.call(.puts, stack)
    guest.halt()
    let run = try await guest.run()
    try #require(run.output.count == 192)
    func word(_ offset: Int) -> UInt64 { run.output.integer(at: offset, as: UInt64.self) }
    let bottom = smallMemory - guest.stackSize
    #expect(word(0) == smallMemory)
    #expect(word(8) == GuestProgram.heapStart)
    #expect((500_000_000...10_000_000_000).contains(word(16)))
    #expect([40, 48].map(word) == [0, 0])
    #expect(word(56) == 1 | 120 << 32)
    #expect(
      [64, 72, 80, 88, 96].map(word)
        == [GuestProgram.heapStart, bottom - 4096, bottom, smallMemory, smallMemory - 64])
    #expect(word(104) == 0 && word(112) == 0, "no queues")
    #expect(word(120) == 0, "the place of a return address")
    #expect((0..<4).map { word(128 + 8 * $0) } != [0, 0, 0, 0])
    #expect((0..<4).map { word(160 + 8 * $0) } == [0, 0, 0, 0])
  }

  @Test
  func seedDiffersBetweenRuns() async throws {
    var guest = GuestProgram()
    guest.show(smallMemory - 64, 32)
    guest.halt()
    var seeds: Set<[UInt8]> = []
    for _ in 0..<8 { seeds.insert(try await guest.run().output) }
    #expect(seeds.count == 8)
  }

  @Test
  func manifestInMemoryTellsWhatIsAttached() async throws {
    var guest = GuestProgram(devices: [.block("disk"), .net("wire"), .block("readonly")])
    let block = guest.place(words: [0, 8 + 4 * 104])
    guest.loadBootField(32, to: .rax)
    guest.store(.rax, at: block)
    guest.call(.puts, block)
    guest.halt()
    let (link, _) = try VirtualLink.pair(mtu: 9000)
    let run = try await guest.run { configuration in
      try configuration.attach(net: link)
      try configuration.attach(block: MemoryBlockDevice(contents: Array(repeating: 0, count: 1536)))
      try configuration.attach(
        block: MemoryBlockDevice(
          contents: Array(repeating: 0, count: 8192), blockSize: 4096, isReadOnly: true))
    }
    try #require(run.output.count == 424)
    func entry(_ handle: Int) -> [UInt8] { Array(run.output[(8 + 104 * handle)...].prefix(104)) }
    func expected(_ name: String, _ type: UInt32, _ properties: [UInt8], attached: UInt8 = 1)
      -> [UInt8]
    {
      var bytes = Array(name.utf8)
      bytes += Array(repeating: 0, count: 104 - bytes.count)
      bytes.put(type, at: 68)
      bytes.replaceSubrange(72..<72 + properties.count, with: properties)
      bytes[96] = attached
      return bytes
    }
    #expect(run.output.integer(at: 0, as: UInt64.self) == 1 | 4 << 32)
    #expect(entry(0) == expected("", 1 << 30, [], attached: 0))
    #expect(entry(1) == expected("disk", 1, [0, 6, 0, 0, 0, 0, 0, 0, 0, 2]))
    #expect(entry(2) == expected("wire", 2, link.macAddress.octets + [0x28, 0x23]))
    #expect(entry(3) == expected("readonly", 1, [0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0x10, 1]))
  }

  @Test
  func memoryIsZeroAtTheStart() async throws {
    var guest = GuestProgram()
    // The heap, and the stack below what the tender put there.
    for (start, count) in [
      (GuestProgram.heapStart, 1 << 20), (smallMemory - 0x1_0000, 0x1_0000 - 72),
    ] as [(UInt64, UInt64)] {
      guest.show(start, count)
    }
    guest.halt()
    let run = try await guest.run()
    #expect(run.status == 0)
    #expect(run.output.allSatisfy { $0 == 0 })
  }
}
