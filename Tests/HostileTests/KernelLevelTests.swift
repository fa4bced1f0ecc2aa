// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import Tender
import Testing

/// Guests of `--cpl0`, which is not sealed: they own their processor, page tables and all. What they
/// reach outside of their memory is nothing, and each end is one that the documents name.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct KernelLevelTests {
  /// Tables that map the first `gigabytes` to themselves, with pages of 2 MiB, for everything.
  private static func mapEverything(_ guest: inout GuestProgram, gigabytes: UInt64) {
    let (root, pointers, directories): (UInt64, UInt64, UInt64) = (0x20_0000, 0x20_1000, 0x20_2000)
    var table: [UInt8] = []
    for index in 0..<gigabytes { table.append(littleEndian: directories + index * 4096 | 3) }
    guest.copy(table, to: pointers)
    guest.store(Int32(pointers | 3), at: root)
    // mov rdi, directories; mov rax, 0x83; mov rcx, count
    guest.move(directories, to: .rdi)
    guest.move(0x83, to: .rax)
    guest.move(gigabytes * 512, to: .rcx)
    // stosq; add rax, 2 MiB; dec rcx; jnz back
    guest.emit(0x48, 0xab, 0x48, 0x05)
    guest.emit(littleEndian: UInt32(2 << 20))
    guest.emit(0x48, 0xff, 0xc9, 0x75, 0xf3)
    guest.move(root, to: .rax)
    guest.emit(0x0f, 0x22, 0xd8)  // mov cr3, rax
  }

  private static func run(_ guest: GuestProgram) async throws -> Ending {
    try await guest.attack { $0.runsPrivileged = true }
  }

  /// Guest-physical memory that is not there, at every place where a PC has something.
  @Test(
    arguments: [
      memorySize, memorySize + 0xffc, 1 << 30, 0xd000_0000, 0xfebf_fff8, 0xfec0_0000, 0xfed0_0000,
      0xfee0_0000, 0xfee0_0030, 0xfee0_0300, 0xfffb_c000, 0xffff_fff0, 1 << 32, (4 << 30) + 0x1000,
    ] as [UInt64], [true, false])
  func memoryThatIsNotThere(_ address: UInt64, isWrite: Bool) async throws {
    var guest = GuestProgram.solo5()
    Self.mapEverything(&guest, gigabytes: 5)
    guest.move(address, to: .rbx)
    if isWrite { guest.emit(0x89, 0x03) } else { guest.emit(0x8b, 0x03) }
    guest.halt(1)
    let ending = try await Self.run(guest)
    // KVM_EXIT_MMIO; where KVM emulates the level, it may fail at the instruction before.
    switch ending.cause {
    case .unexpectedExit(reason: 6)?, .internalError?: break
    default: Issue.record("\(ending.outcome)")
    }
  }

  /// Code in memory that is not there.
  @Test(arguments: [memorySize, 0xfee0_0000, 1 << 32] as [UInt64])
  func codeThatIsNotThere(_ address: UInt64) async throws {
    var guest = GuestProgram.solo5()
    Self.mapEverything(&guest, gigabytes: 5)
    guest.move(address, to: .rax)
    guest.emit(0xff, 0xe0)  // jmp rax
    let ending = try await Self.run(guest)
    #expect(ending.cause != nil, "\(ending.outcome)")
  }

  /// No tables at all, wild ones, and a stack that is not there: an exception that cannot be delivered
  /// is a triple fault.
  @Test(
    arguments: [
      ("no IDT", [0x0f, 0x0b]),
      ("no page tables", [0x31, 0xc0, 0x0f, 0x22, 0xd8, 0x90]),
      // mov rax, 0xfffffffff000; mov cr3, rax
      (
        "wild page tables",
        [0x48, 0xb8, 0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x0f, 0x22, 0xd8, 0x90]
      ),
      ("no stack", [0x31, 0xe4, 0x50]),
    ] as [(String, [UInt8])])
  func exceptionsThatCannotBeDelivered(_ name: String, _ code: [UInt8]) async throws {
    var guest = GuestProgram.solo5()
    // An IDT without gates replaces the tender's.
    guest.loadInterruptTable(0x20_0000, limit: 0)
    guest.emit(code)
    guest.emit(0x0f, 0x0b)  // ud2
    let ending = try await Self.run(guest)
    switch ending.cause {
    case .shutdown?, .internalError?: break
    default: Issue.record("\(name): \(ending.outcome)")
    }
  }

  /// The tender's own area is such a guest's to destroy. The tender does not need it.
  @Test func tendersAreaIsDestroyed() async throws {
    for byte in [0x00, 0xff, 0xcc] as [UInt64] {
      var guest = GuestProgram.solo5()
      Self.mapEverything(&guest, gigabytes: 1)
      guest.move(0x1000, to: .rdi)
      guest.move(0xf_f000, to: .rcx)
      guest.move(byte, to: .rax)
      guest.emit(0xf3, 0xaa)  // rep stosb
      guest.say("still here")
      guest.emit(0x0f, 0x0b)  // ud2
      let ending = try await Self.run(guest)
      #expect(ending.cause != nil, "\(ending.outcome)")
      #expect(String(decoding: ending.output, as: UTF8.self) == "still here")
    }
  }

  /// MSRs, control registers and descriptor tables with any value.
  @Test(
    arguments: [
      0, 0x10, 0x1b, 0x174, 0x1a0, 0x4000_0000, 0x4b56_4d00, 0x4b56_4d01, 0x4b56_4d02,
      0x4b56_4d04, 0xc000_0080, 0xc000_0082, 0xc000_0101, 0xffff_ffff,
    ] as [UInt64])
  func modelSpecificRegisters(_ number: UInt64) async throws {
    for value in [0, 1, 0xffff_ffff, UInt64(memorySize) | 1] as [UInt64] {
      var guest = GuestProgram.solo5()
      guest.move(number, to: .rcx)
      guest.move(value, to: .rax)
      guest.move(value, to: .rdx)
      guest.emit(0x0f, 0x30)  // wrmsr
      guest.emit(0x0f, 0x32)  // rdmsr
      guest.halt(2)
      let ending = try await Self.run(guest)
      #expect(ending.status == 2 || ending.cause != nil)
    }
  }
}
