// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import HVTABI
import Tender
import Testing

/// Every pointer of every hypercall, everywhere that it must not point. None of it may reach the
/// tender: the guest faults, and the fault names the address.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HypercallPointerTests {
  /// A pointer that a hypercall is given.
  struct Pointer: CustomTestStringConvertible, Sendable {
    var call: Hypercall
    /// The word of the argument block that is the pointer; nil for the address of the block.
    var word: Int?
    /// The bytes behind it.
    var count: UInt64
    /// Whether the tender writes there.
    var isWritten: Bool

    var testDescription: String { word.map { "\(call) word \($0)" } ?? "\(call) block" }

    func fault(at address: UInt64) -> GuestFault.Cause {
      let address = GuestAddress(address)
      return word == nil
        ? .argumentBlock(call, address)
        : .buffer(call, address, count: count, isWritten: isWritten)
    }
  }

  static let blocks = [
    Pointer(call: .walltime, count: 8, isWritten: true),
    Pointer(call: .puts, count: 16, isWritten: false),
    Pointer(call: .poll, count: 24, isWritten: true),
    Pointer(call: .blockWrite, count: 40, isWritten: true),
    Pointer(call: .blockRead, count: 40, isWritten: true),
    Pointer(call: .netWrite, count: 32, isWritten: true),
    Pointer(call: .netRead, count: 32, isWritten: true),
    Pointer(call: .halt, count: 16, isWritten: false),
  ]

  static let buffers = [
    Pointer(call: .puts, word: 0, count: 100, isWritten: false),
    Pointer(call: .blockWrite, word: 2, count: 1024, isWritten: false),
    Pointer(call: .blockRead, word: 2, count: 1024, isWritten: true),
    Pointer(call: .netWrite, word: 1, count: 60, isWritten: false),
    Pointer(call: .netRead, word: 1, count: 1518, isWritten: true),
    Pointer(call: .halt, word: 0, count: 512, isWritten: false),
  ]

  private static let net: UInt64 = 1
  private static let disk: UInt64 = 2

  /// The argument block of a call that would succeed with `pointer` at `address`.
  private func arguments(of pointer: Pointer, at address: UInt64) -> [UInt64] {
    let buffer = pointer.word == nil ? GuestProgram.dataStart : address
    switch pointer.call {
    case .walltime: return [0]
    case .puts: return [buffer, pointer.word == nil ? 4 : pointer.count]
    case .poll: return [0, 0, 0]
    case .blockWrite, .blockRead: return [Self.disk, 0, buffer, 1024, 0]
    case .netWrite: return [Self.net, buffer, 60, 0]
    case .netRead: return [Self.net, buffer, 1518, 0]
    case .halt: return [pointer.word == nil ? 0 : buffer, 0]
    }
  }

  /// Runs a guest that makes one call with `pointer` at `address`, and then says "survived".
  private func run(_ pointer: Pointer, at address: UInt64) async throws -> Run {
    var guest = GuestProgram(devices: [.net("service"), .block("storage")])
    // Room in front, so that buffers may stand at the start of the data.
    _ = guest.place([UInt8](repeating: 0x5a, count: 4096))
    let block = guest.place(words: arguments(of: pointer, at: address))
    guest.call(pointer.call, pointer.word == nil ? address : block)
    guest.say("survived")
    guest.halt()
    let (link, other) = try VirtualLink.pair()
    other.send([UInt8](repeating: 7, count: 60))
    return try await guest.run { configuration in
      try configuration.attach(net: link)
      try configuration.attach(block: MemoryBlockDevice(contents: Array(repeating: 1, count: 8192)))
    }
  }

  private func expectFault(_ pointer: Pointer, at address: UInt64) async throws {
    let run = try await run(pointer, at: address)
    #expect(run.fault?.cause == pointer.fault(at: address), "at 0x\(String(address, radix: 16))")
    #expect(run.output.isEmpty)
    #expect(
      run.fault?.cause.description.contains("hypercall \(pointer.call): ") == true
        && run.fault?.cause.description.contains(" 0x\(String(address, radix: 16)) ") == true)
  }

  /// Places that the guest itself may not read.
  static let unreadable: [UInt64] = [
    0, 1, 8, 0xfff, 0x1000, 0x2000, 0x3000, 0x4000, 0x4ff8, 0x5000, 0x7ff9, 0xf000, 0xffff,
    0x1_0000,
    0x1_1000, 0xf_fff8, 0xf_ffff, GuestProgram.codeStart + 0x1000, smallMemory - 0x1_1000,
    smallMemory - 0x1_0008, smallMemory, smallMemory + 8, 0xfee0_0000, 0xffff_f000, 0xffff_fff0,
    0xffff_fff8, 0xffff_ffff,
  ]

  /// Places that it may read, but not write.
  static let readOnly: [UInt64] = [
    0x8000, 0x8007, 0x9000, 0xb000, 0xc800, GuestProgram.codeStart, GuestProgram.codeStart + 3,
    GuestProgram.constantsStart, GuestProgram.constantsStart + 0x9e8,
  ]

  @Test(arguments: blocks + buffers, unreadable)
  func placeThatTheGuestCannotRead(_ pointer: Pointer, address: UInt64) async throws {
    // A cookie at 0 is no cookie.
    if pointer.call == .halt, pointer.word == 0, address == 0 { return }
    try await expectFault(pointer, at: address)
  }

  @Test(arguments: (blocks + buffers).filter(\.isWritten), readOnly)
  func resultCannotBeReadOnly(_ pointer: Pointer, address: UInt64) async throws {
    try await expectFault(pointer, at: address)
  }

  /// A range whose last byte alone is out of reach.
  @Test(arguments: blocks + buffers)
  func rangeThatEndsOutside(_ pointer: Pointer) async throws {
    var ends = [0x1000, GuestProgram.codeStart + 0x1000, smallMemory - 0x1_1000, smallMemory]
    ends.append(pointer.isWritten ? 0x10_0000 : 0xf000)
    for end in ends { try await expectFault(pointer, at: end - pointer.count + 1) }
  }

  /// A range whose first byte alone is out of reach.
  @Test(arguments: blocks + buffers)
  func rangeThatBeginsOutside(_ pointer: Pointer) async throws {
    var starts = [0x8000, GuestProgram.codeStart, smallMemory - 0x1_0000]
    if pointer.isWritten { starts.append(GuestProgram.dataStart) }
    for start in starts { try await expectFault(pointer, at: start - 1) }
  }

  @Test(
    arguments: buffers,
    [
      1 << 32, (1 << 32) + GuestProgram.dataStart, 1 << 47, 1 << 63, .max, .max - 15, .max - 99,
      .max - 1023, 0xffff_8000_0000_0000,
    ] as [UInt64])
  func bufferAbove4GiB(_ pointer: Pointer, address: UInt64) async throws {
    try await expectFault(pointer, at: address)
  }

  /// The length of `puts` is any number, so that every end can be tried.
  @Test(
    arguments: [
      smallMemory, smallMemory - GuestProgram.dataStart + 1, smallMemory - GuestProgram.dataStart,
      1 << 31,
      1 << 32, 1 << 63, .max, .max - GuestProgram.dataStart, .max - GuestProgram.dataStart + 1,
    ] as [UInt64])
  func textThatIsTooLong(count: UInt64) async throws {
    var guest = GuestProgram()
    guest.show(guest.place([1]), count)
    let run = try await guest.run()
    #expect(
      run.fault?.cause
        == .buffer(.puts, GuestAddress(GuestProgram.dataStart), count: count, isWritten: false))
    #expect(run.output.isEmpty)
  }

  @Test(arguments: [14, 1518, 1 << 20, 1 << 24, 1 << 32, 1 << 63, .max] as [UInt64])
  func bufferOfANetReadThatIsTooLong(count: UInt64) async throws {
    var guest = GuestProgram(devices: [.net("service")])
    let buffer = smallMemory - 8
    guest.call(.netRead, guest.place(words: [Self.net, buffer, count, 0]))
    let (link, _) = try VirtualLink.pair()
    let run = try await guest.run { try $0.attach(net: link) }
    #expect(
      run.fault?.cause == .buffer(.netRead, GuestAddress(buffer), count: count, isWritten: true))
  }

  /// What the rules allow works: any alignment, adjoining segments, the ends of heap and stack.
  @Test(arguments: blocks + buffers)
  func placeThatIsTheGuestsWorks(_ pointer: Pointer) async throws {
    var places = [
      GuestProgram.dataStart + 8192, GuestProgram.dataStart + 8193,
      GuestProgram.heapStart - pointer.count, GuestProgram.heapStart - pointer.count + 1,
      GuestProgram.heapStart + 3, smallMemory - 0x1_1000 - pointer.count, smallMemory - 0x1_0000,
      smallMemory - pointer.count,
    ]
    if !pointer.isWritten {
      places += [0x8000, 0xf000 - pointer.count, GuestProgram.codeStart]
      places.append(GuestProgram.dataStart - pointer.count + 1)
    }
    for place in places {
      // As an argument block, what stands at these places is a mistake or an end, but no fault of
      // the block; only memory of zeros has arguments that are known.
      if pointer.word == nil, !(GuestProgram.dataStart + 8192..<smallMemory - 72).contains(place) {
        continue
      }
      let run = try await run(pointer, at: place)
      #expect(run.status == 0, "at 0x\(String(place, radix: 16)): \(run.outcome)")
      if pointer.call != .halt { #expect(run.text.hasSuffix("survived")) }
    }
  }

  /// A buffer of no bytes has no address that could be wrong.
  @Test(arguments: [0, 0x1000, smallMemory, 1 << 32, .max] as [UInt64])
  func emptyTextMayBeAnywhere(address: UInt64) async throws {
    var guest = GuestProgram()
    guest.show(address, 0)
    guest.halt(4)
    let run = try await guest.run()
    #expect(run.status == 4)
    #expect(run.output.isEmpty)
  }

  /// A fault transfers nothing: not to the disk, not to the wire.
  @Test
  func faultTransfersNothing() async throws {
    var guest = GuestProgram(devices: [.net("service"), .block("storage")])
    let end = smallMemory - 0x1_1000
    let write = guest.place(words: [Self.disk, 0, end - 512, 1024, 0])
    guest.call(.blockWrite, write)
    let disk = MemoryBlockDevice(contents: Array(repeating: 9, count: 4096))
    let (link, other) = try VirtualLink.pair()
    let run = try await guest.run { configuration in
      try configuration.attach(net: link)
      try configuration.attach(block: disk)
    }
    #expect(run.fault != nil)
    #expect(disk.contents.allSatisfy { $0 == 9 })
    var sender = GuestProgram(devices: [.net("service")])
    sender.call(.netWrite, sender.place(words: [Self.net, end - 30, 60, 0]))
    #expect(try await sender.run { try $0.attach(net: link) }.fault != nil)
    #expect(other.nextFrame() == nil)
  }
}
