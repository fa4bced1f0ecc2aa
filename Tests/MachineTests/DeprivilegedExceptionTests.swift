// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import HVTABI
import Tender
import Testing

/// Exceptions that the tender finds for a Solo5 guest at CPL 3: the vector, the error code and the frame
/// are those of a processor.
@Suite(.timeLimit(.minutes(1)))
struct DeprivilegedExceptionTests {
  /// A guest with a handler for every exception, which shows its frame and CR2, and whose status is the
  /// vector.
  private struct Kernel {
    var guest = GuestProgram.solo5()
    private var gates: [GuestProgram.Gate] = []

    static let absentCode: UInt16 = 0x28
    static let userCode: UInt16 = 0x30
    static let code32: UInt16 = 0x38
    static let shortTaskState: UInt16 = 0x40
    static let strangeTaskState: UInt16 = 0x50

    init(secondStack: UInt64 = 0) {
      var stacks = [UInt8](repeating: 0, count: 104)
      stacks.put(guest.reserve(1024) + 1024, at: 36)
      stacks.put(secondStack, at: 44)
      let taskState = guest.place(stacks)
      let other: [UInt64] = [0x00af_1900_0000_ffff, 0x00af_f900_0000_ffff, 0x00cf_9900_0000_ffff]
      let tasks = GuestProgram.flatSegments(taskState: taskState)[3...]
      guest.load(
        segments: GuestProgram.flatSegments(taskState: taskState) + other
          + [tasks[3] & ~0xffff | 0x33, tasks[4], tasks[3], tasks[4] | 1 << 40])
      guest.loadTaskRegister(GuestProgram.taskSelector)
      let (block, address) = (guest.place(words: [0, 48]), guest.reserve(8))
      for vector in 0..<32 {
        let target = guest.subroutine { guest in
          guest.store(.rsp, at: block)
          guest.call(.puts, block)
          guest.emit(0x0f, 0x20, 0xd0)  // mov rax, cr2
          guest.store(.rax, at: address)
          guest.show(address, 8)
          guest.halt(Int32(vector))
        }
        var gate = GuestProgram.Gate(target: target)
        gate.stack = 1
        gates.append(gate)
      }
    }

    /// Runs `body` with the gate for `vector` as `change` leaves it.
    func run(
      changing vector: Int = 6, _ change: (inout GuestProgram.Gate) -> Void = { _ in },
      _ body: (inout GuestProgram) -> Void
    ) async throws -> Run {
      var (guest, gates) = (guest, gates)
      change(&gates[vector])
      let words = gates.flatMap(\.words)
      guest.loadInterruptTable(guest.place(words: words), limit: UInt16(words.count * 8 - 1))
      body(&guest)
      return try await guest.run()
    }
  }

  private static func raiseInvalidOpcode(_ guest: inout GuestProgram) { guest.emit(0x0f, 0x0b) }

  private func expect(
    _ run: Run, _ vector: Int32, error: UInt64? = nil, address: UInt64? = nil,
    at instruction: UInt64? = nil
  ) throws {
    #expect(run.status == vector, "\(run.outcome)")
    if let error { #expect(try run.value(at: 0, as: UInt64.self) == error) }
    if let instruction {
      #expect(try run.value(at: error == nil ? 0 : 8, as: UInt64.self) == instruction)
    }
    if let address { #expect(try run.value(at: 48, as: UInt64.self) == address) }
  }

  // MARK: - Gates

  static let brokenGates:
    [(String, @Sendable (inout GuestProgram.Gate) -> Void, vector: Int32, error: UInt64)] = [
      ("of another kind", { $0.attributes = 0x85 }, 13, 6 << 3 | 3),
      ("not present", { $0.attributes = 0x0e }, 11, 6 << 3 | 3),
      ("null code segment", { $0.selector = 3 }, 13, 1),
      ("code segment not present", { $0.selector = Kernel.absentCode }, 11, 0x29),
      ("code segment of level 3", { $0.selector = Kernel.userCode | 3 }, 13, 0x31),
      ("code segment of 32 bits", { $0.selector = Kernel.code32 }, 13, 0x39),
      ("data segment", { $0.selector = GuestProgram.dataSelector }, 13, 0x11),
      ("code segment outside the table", { $0.selector = 0x7f8 }, 13, 0x7f9),
      ("not canonical", { $0.target = 1 << 62 }, 13, 1),
      ("stack not canonical", { $0.stack = 2 }, 12, 1),
    ]

  @Test(arguments: brokenGates)
  func brokenGateRaises(
    name: String, change: @Sendable (inout GuestProgram.Gate) -> Void, vector: Int32, error: UInt64
  ) async throws {
    let kernel = Kernel(secondStack: 1 << 62)
    let run = try await kernel.run(change, Self.raiseInvalidOpcode)
    try expect(run, vector, error: error)
  }

  /// Its level does not matter: the handler runs at that of its segment.
  @Test func gateMayAskForAnyLevel() async throws {
    let run = try await Kernel().run({ $0.selector |= 3 }, Self.raiseInvalidOpcode)
    try expect(run, 6)
  }

  @Test func breakpointIsNotExternal() async throws {
    let run = try await Kernel().run(changing: 3, { $0.attributes = 0x0e }) { $0.emit(0xcc) }
    try expect(run, 11, error: 3 << 3 | 2)
  }

  @Test func stackOutsideTheTaskStateIsAnInvalidOne() async throws {
    let run = try await Kernel().run({ $0.stack = 3 }) { guest in
      guest.loadTaskRegister(Kernel.shortTaskState)
      Self.raiseInvalidOpcode(&guest)
    }
    try expect(run, 10, error: UInt64(Kernel.shortTaskState) | 1)
  }

  /// The stack segment is pushed first, to the highest address.
  @Test(
    arguments: [
      (end: 0x10_0800, address: 0x10_07f8, error: 3), (0x10_3010, 0x10_2ff8, 3),
      (smallMemory + 64, smallMemory + 56, 2), (0, 0xffff_ffff_ffff_fff8, 2),
    ] as [(UInt64, UInt64, UInt64)])
  func stackThatCannotBeWrittenIsAPageFault(
    end: UInt64, address: UInt64, error: UInt64
  ) async throws {
    let kernel = Kernel(secondStack: end)
    let run = try await kernel.run({ $0.stack = 2 }, Self.raiseInvalidOpcode)
    try expect(run, 14, error: error, address: address)
  }

  // MARK: - Instructions

  @Test func returnOfANestedTaskIsNone() async throws {
    let run = try await Kernel().run { guest in
      guest.emit(0x68, 0x02, 0x40, 0, 0, 0x9d)  // push 0x4002; popfq
      guest.emit(0x48, 0xcf)  // iretq
    }
    try expect(run, 13, error: 0)
  }

  @Test(
    .enabled(if: Host.hasRealProcessor), arguments: [[0x48, 0xcb], [0x48, 0xcf]] as [[UInt8]])
  func stackOfAReturnMustBeCanonical(code: [UInt8]) async throws {
    let run = try await Kernel().run { guest in
      guest.move(1 << 62, to: .rsp)
      guest.emit(code)
    }
    try expect(run, 12, error: 0)
  }

  @Test func returnToLevelZeroNeedsCodeOfLevelZero() async throws {
    let run = try await Kernel().run { guest in
      guest.move(guest.place(words: [0x10_0000, UInt64(Kernel.userCode)]), to: .rsp)
      guest.emit(0x48, 0xcb)  // retfq
    }
    try expect(run, 13, error: UInt64(Kernel.userCode))
  }

  /// CR2 is told of the first byte that is missing.
  @Test func tableAtTheEndOfMemoryIsAPageFault() async throws {
    let run = try await Kernel().run { guest in
      guest.emit(0x0f, 0x01, 0x1c, 0x25)  // lidt [address]
      guest.emit(littleEndian: UInt32(smallMemory - 4))
    }
    try expect(run, 14, error: 0, address: smallMemory)
  }

  @Test func taskStateMustHaveAnEmptyUpperHalf() async throws {
    let run = try await Kernel().run { $0.loadTaskRegister(Kernel.strangeTaskState) }
    try expect(run, 13, error: UInt64(Kernel.strangeTaskState))
  }

  // MARK: - Single steps

  /// The trap comes directly behind the instruction, as behind one that needs no emulation.
  @Test(arguments: [[0xfa], [0x0f, 0x20, 0xd1], [0x8e, 0xd8]] as [[UInt8]])
  func emulatedInstructionIsStepped(code: [UInt8]) async throws {
    var behind: UInt64 = 0
    let run = try await Kernel().run { guest in
      guest.emit(0xb8, UInt8(GuestProgram.dataSelector), 0, 0, 0)  // mov eax, selector
      guest.emit(0x68, 0x02, 0x01, 0, 0, 0x9d)  // push 0x102; popfq
      guest.emit(code)
      behind = guest.here
      guest.emit(0x90, 0x90)
      guest.halt()
    }
    try expect(run, 1, at: behind)
  }

  /// An instruction that loads SS is not parted from the next one, which loads RSP.
  @Test func stackSegmentIsNotParted() async throws {
    var behind: UInt64 = 0
    let run = try await Kernel().run { guest in
      guest.emit(0xb8, UInt8(GuestProgram.dataSelector), 0, 0, 0)  // mov eax, selector
      guest.emit(0x68, 0x02, 0x01, 0, 0, 0x9d)  // push 0x102; popfq
      guest.emit(0x8e, 0xd0)  // mov ss, ax
      guest.emit(0x90)
      behind = guest.here
      guest.halt()
    }
    try expect(run, 1, at: behind)
  }
}
