// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import HVTABI
import Tender
import Testing

/// Solo5 guests at CPL 3, instruction by instruction: what a hostile one does to tables and stacks that
/// the tender reads and writes for it.
@Suite(.timeLimit(.minutes(1)))
struct DeprivilegedTests {
  private static let invalidOpcode: [UInt8] = [0x0f, 0x0b]

  /// A guest with a handler that says "handled" and halts with status 9.
  private static func guestWithHandler(
    _ change: (inout GuestProgram.Gate) -> Void = { _ in }
  ) -> GuestProgram {
    var guest = GuestProgram.solo5()
    guest.load(segments: GuestProgram.flatSegments())
    let handler = guest.subroutine { guest in
      guest.say("handled")
      guest.halt(9)
    }
    var gate = GuestProgram.Gate(target: handler)
    change(&gate)
    guest.load(gate: gate)
    return guest
  }

  @Test func interruptFlagIsTheGuestsOwn() async throws {
    var guest = GuestProgram.solo5()
    guest.emit(0xfa, 0xfb)  // cli; sti
    guest.say("survived")
    guest.halt(3)
    let run = try await guest.run()
    #expect(run.text == "survived")
    #expect(run.status == 3)
  }

  @Test func exceptionReachesTheHandler() async throws {
    var guest = Self.guestWithHandler()
    guest.emit(Self.invalidOpcode)
    let run = try await guest.run()
    #expect(run.text == "handled")
    #expect(run.status == 9)
  }

  // MARK: - Handlers that cannot be entered

  static let unusableGates: [(String, @Sendable (inout GuestProgram.Gate) -> Void)] = [
    ("not present", { $0.attributes = 0x0e }),
    ("a task gate", { $0.attributes = 0x85 }),
    ("non-canonical", { $0.target = 1 << 62 }),
    ("null code segment", { $0.selector = 0 }),
    ("data as code", { $0.selector = GuestProgram.dataSelector }),
    ("code segment outside the GDT", { $0.selector = 0x80 }),
    ("local code segment", { $0.selector = 0x0c }),
    ("stack of no task state", { $0.stack = 1 }),
  ]

  @Test(arguments: unusableGates)
  func unusableGateIsNoHandler(
    name: String, change: @Sendable (inout GuestProgram.Gate) -> Void
  ) async throws {
    var guest = Self.guestWithHandler(change)
    guest.emit(Self.invalidOpcode)
    let run = try await guest.run()
    #expect(run.text == "")
    #expect(run.exception?.vector == 6)
  }

  /// Nowhere that a processor at CPL 0 would have read the tables, had it not been for the tender.
  @Test(arguments: [0, 0x1000, 0x1100, 0x10000, 0x100_0000, 0xffff_f000, 1 << 46] as [UInt64])
  func tablesThatTheGuestCannotReadHaveNothing(base: UInt64) async throws {
    var handlers = Self.guestWithHandler()
    handlers.loadInterruptTable(base, limit: 0xfff)
    handlers.emit(Self.invalidOpcode)
    #expect(try await handlers.run().exception?.vector == 6)

    var segments = Self.guestWithHandler()
    segments.loadGlobalTable(base, limit: 0xfff)
    segments.emit(Self.invalidOpcode)
    #expect(try await segments.run().exception?.vector == 6)
  }

  /// A frame is pushed only where the guest itself may write: not into its text, not over the tender's
  /// tables.
  @Test(
    arguments: [0, 0x1000, 0x2068, 0x5000, 0x10_0800, 0x10_2800, 0x200_0000, 8, .max - 7]
      as [UInt64])
  func handlersStackMustBeTheGuestsToWrite(end: UInt64) async throws {
    var guest = GuestProgram.solo5()
    guest.loadTaskState(stack: end)
    let handler = guest.subroutine { $0.halt(9) }
    var gate = GuestProgram.Gate(target: handler)
    gate.stack = 1
    guest.load(gate: gate)
    guest.emit(Self.invalidOpcode)
    #expect(try await guest.run().exception?.vector == 6)
  }

  /// Each entry of the handler faults again, for ever; the tender stays in charge.
  @Test func handlerThatFaultsForEverIsStopped() async throws {
    let console = Recorder()
    var guest = Self.guestWithHandler { $0.target = GuestProgram.dataStart }
    guest.say("started")
    guest.emit(Self.invalidOpcode)
    let machine = try Machine(try guest.configuration(console))
    async let outcome = machine.run()
    try await console.waitForOutput()
    machine.stop()
    let result = try await outcome
    // Its frames run out of stack, if that comes first.
    if case .faulted(let fault) = result {
      guard case .exception = fault.cause else {
        Issue.record("\(fault.cause)")
        return
      }
    } else {
      #expect(result == .stopped)
    }
  }

  // MARK: - Instructions

  @Test func interruptReturnGivesNoPrivilege() async throws {
    var guest = GuestProgram.solo5()
    guest.load(segments: GuestProgram.flatSegments())
    let flags = guest.reserve(8)
    let target = guest.subroutine { guest in
      guest.emit(0x9c, 0x58)  // pushfq; pop rax
      guest.store(.rax, at: flags)
      guest.show(flags, 8)
      guest.emit(0xe4, 0x71)  // in al, 0x71
      guest.halt()
    }
    // SS, RSP, every flag but TF, RF and NT, CS, RIP.
    let stack = guest.reserve(256) + 256
    let frame = guest.place(words: [target, 0x08, 0x3e_bed7, stack, 0x10])
    guest.move(frame, to: .rsp)
    guest.emit(0x48, 0xcf)  // iretq
    let run = try await guest.run()
    let result = try run.value(at: 0, as: UInt64.self)
    #expect(result & 0x3000 == 0, "IOPL")
    #expect(result & 0x200_8d5 == 0x200_8d5, "the flags of user mode")
    #expect(run.exception?.description.contains("in from a port") == true)
  }

  /// A target and a selector each: non-canonical, null, data, a task state, RPL 3, outside the table, not
  /// present, 32-bit code.
  static let returns: [(target: UInt64, selector: UInt64)] = [
    (1 << 62, 0x08), (0x10_0000, 0), (0x10_0000, 0x10), (0x10_0000, 0x18), (0x10_0000, 0x0b),
    (0x10_0000, 0xfff8), (0x10_0000, 0x20), (0x10_0000, 0x28),
  ]

  @Test(arguments: returns)
  func farReturnChecksItsTarget(target: UInt64, selector: UInt64) async throws {
    for code in [[0x48, 0xcb], [0x48, 0xcf]] as [[UInt8]] {
      var guest = GuestProgram.solo5()
      let absent: UInt64 = 0x00af_1900_0000_ffff
      let code32: UInt64 = 0x00cf_9900_0000_ffff
      guest.load(
        segments: GuestProgram.flatSegments().prefix(4) + [absent, code32])
      let stack = guest.place(words: [target, selector, 2, 0x10_3000, 0x10])
      guest.move(stack, to: .rsp)
      guest.emit(code)
      #expect(try await guest.run().exception?.vector == 13)
    }
  }

  @Test func farReturnOf32BitsGoesOn() async throws {
    var guest = GuestProgram.solo5()
    guest.load(segments: GuestProgram.flatSegments())
    let target = guest.subroutine { $0.halt(5) }
    guest.move(guest.place(words: [target | 0x08 << 32]), to: .rsp)
    guest.emit(0xcb)  // lret
    #expect(try await guest.run().status == 5)
  }

  @Test(arguments: [0x18, 0x08, 0x13, 0x80, 0xf8] as [UInt8])
  func stackSegmentMustBeDataOfLevelZero(selector: UInt8) async throws {
    var guest = GuestProgram.solo5()
    guest.load(segments: GuestProgram.flatSegments())
    guest.emit(0xb8, selector, 0, 0, 0)  // mov eax, selector
    guest.emit(0x8e, 0xd0)  // mov ss, eax
    guest.halt()
    #expect(try await guest.run().exception?.vector == 13)
  }

  @Test func haltEndsTheGuestAlsoWithInterruptsOn() async throws {
    for code in [[0xf4], [0xfa, 0xf4], [0xfb, 0xf4]] as [[UInt8]] {
      var guest = GuestProgram.solo5()
      guest.emit(code)
      guest.halt()
      #expect(try await guest.run().fault?.cause == .halted)
    }
  }

  // MARK: - The end of a page

  /// The last byte of the program's code, before memory that cannot be executed.
  private static func guestAtTheEnd(_ code: [UInt8]) -> GuestProgram {
    var guest = GuestProgram.solo5()
    let end = GuestProgram.constantsStart - UInt64(code.count)
    guest.jump(to: end)
    guest.emit([UInt8](repeating: 0x90, count: Int(end - guest.here)))
    guest.emit(code)
    return guest
  }

  @Test func instructionAtTheEndIsEmulated() async throws {
    let run = try await Self.guestAtTheEnd([0xfa]).run()
    #expect(run.exception?.vector == 14)
    #expect(run.exception?.address == GuestAddress(GuestProgram.constantsStart))
  }

  /// Its first bytes are those of `wrmsr`, `lgdt [disp32]` and `int`.
  @Test(arguments: [[0x0f], [0x0f, 0x01, 0x14, 0x25, 0], [0xcd], [0x48]] as [[UInt8]])
  func instructionThatTheEndCutsOffIsAFault(code: [UInt8]) async throws {
    let exception = try #require(try await Self.guestAtTheEnd(code).run().exception)
    // QEMU's processor finds the lack of privilege before the lack of the rest.
    if !Host.hasRealProcessor, exception.vector == 13 { return }
    #expect(exception.vector == 14)
    #expect(exception.address == GuestAddress(GuestProgram.constantsStart))
  }
}
