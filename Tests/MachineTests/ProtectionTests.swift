// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import Tender
import Testing

/// Every kind of access to every kind of place that forbids it.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ProtectionTests {
  enum Access: String, CaseIterable, Sendable {
    case read = "read of"
    case write = "write to"
    case execute = "execution of"

    /// What the memory would have to be.
    var permission: String {
      switch self {
      case .read: "readable"
      case .write: "writable"
      case .execute: "executable"
      }
    }
  }

  /// A guest that makes one access.
  private func guest(_ access: Access, _ address: UInt64) -> GuestProgram {
    var guest = GuestProgram()
    guest.move(address, to: .rax)
    switch access {
    case .read: guest.emit(0x8a, 0x08)  // mov cl, [rax]
    case .write: guest.emit(0x88, 0x08)  // mov [rax], cl
    case .execute: guest.emit(0xff, 0xe0)  // jmp rax
    }
    guest.halt()
    return guest
  }

  private func expectFault(
    _ access: Access, _ address: UInt64, in place: ProcessorException.Place, _ text: String,
    memorySize: UInt64 = smallMemory
  ) async throws {
    let guest = guest(access, address)
    let run = try await guest.run { $0.memorySize = memorySize }
    let exception = try #require(run.exception, "\(run.outcome)")
    let hexadecimal = "0x" + String(address, radix: 16)
    #expect(exception.vector == 14)
    #expect(exception.address == GuestAddress(address))
    #expect(exception.place == place)
    let overflow = place == .guardPage ? "stack overflow: " : ""
    #expect(exception.description == "\(overflow)\(access.rawValue) \(hexadecimal)\(text)")
    #expect(run.fault?.cause.description == exception.description)
    let instruction = access == .execute ? address : GuestProgram.codeStart + 10
    #expect(run.fault?.registers?.instructionPointer == instruction)
    #expect(run.fault?.registers?.general[0] == address)
    #expect(run.fault?.backtrace.first == GuestAddress(instruction))
  }

  @Test(arguments: Access.allCases, [0, 8, 0xfff] as [UInt64])
  func nullPage(access: Access, address: UInt64) async throws {
    try await expectFault(access, address, in: .nullPage, " in the null page")
  }

  /// Each page of the tender's area that is not the guest's to read, and page tables at both ends.
  @Test(
    arguments: Access.allCases,
    [
      0x1000, 0x2000, 0x3000, 0x3ff0, 0x4000, 0x4fff, 0x5000, 0x6000, 0x7fff, 0xf000,
      0x1_0000, 0x1_1000, 0x1_2000, 0x1_3000, 0x4_0000, 0xf_f000, 0xf_ffff,
    ] as [UInt64])
  func tenderArea(access: Access, address: UInt64) async throws {
    try await expectFault(access, address, in: .region(.tender), " in the tender's area")
  }

  @Test(
    arguments: [.write, .execute] as [Access],
    [0x8000, 0x8fff, 0x9000, 0xafff, 0xb000, 0xcfff] as [UInt64])
  func bootInformationIsOnlyRead(access: Access, address: UInt64) async throws {
    try await expectFault(
      access, address, in: .region(.bootInformation),
      " in the boot information, which is not \(access.permission)")
  }

  @Test
  func programKeepsToItsPermissions() async throws {
    for (access, address) in [
      (.write, GuestProgram.codeStart), (.write, GuestProgram.codeStart + 0x800),
      (.write, GuestProgram.constantsStart), (.execute, GuestProgram.constantsStart),
      (.execute, GuestProgram.dataStart), (.execute, GuestProgram.heapStart - 1),
    ] as [(Access, UInt64)] {
      try await expectFault(
        access, address, in: .region(.program), " in the program, which is not \(access.permission)"
      )
    }
  }

  @Test(arguments: [GuestProgram.heapStart, 8 << 20, smallMemory - 0x1_1000 - 1])
  func heapIsNotExecutable(address: UInt64) async throws {
    try await expectFault(
      .execute, address, in: .region(.heap), " in the heap, which is not executable")
  }

  @Test(arguments: [smallMemory - 0x1_0000, smallMemory - 72, smallMemory - 1])
  func stackIsNotExecutable(address: UInt64) async throws {
    try await expectFault(
      .execute, address, in: .region(.stack), " in the stack, which is not executable")
  }

  @Test(arguments: Access.allCases, [smallMemory - 0x1_1000, smallMemory - 0x1_0001])
  func guardPage(access: Access, address: UInt64) async throws {
    try await expectFault(access, address, in: .guardPage, " in the guard page under the stack")
  }

  /// The pages between two segments.
  @Test(arguments: Access.allCases)
  func gapInTheProgram(access: Access) async throws {
    let address = GuestProgram.codeStart + 0x1000
    try await expectFault(access, address, in: .unmapped, ", where nothing is mapped")
  }

  @Test(
    arguments: Access.allCases,
    [
      smallMemory, smallMemory + (2 << 20), 0xfee0_0000, 0xffff_fff0, 1 << 32, 1 << 39,
      0x7fff_ffff_f000,
    ])
  func aboveMemory(access: Access, address: UInt64) async throws {
    try await expectFault(access, address, in: .outsideMemory, " outside memory")
  }

  @Test(arguments: Access.allCases)
  func aboveTheLargestMemory(access: Access) async throws {
    try await expectFault(
      access, 4 << 30, in: .outsideMemory, " outside memory", memorySize: 4 << 30)
  }

  @Test
  func kernelAddresses() async throws {
    for access in Access.allCases {
      try await expectFault(
        access, 0xffff_8000_0000_0000, in: .outsideMemory, " outside memory")
    }
  }

  /// What a program really does: a recursion without end.
  @Test
  func stackOverflowIsNamed() async throws {
    var guest = GuestProgram()
    let start = guest.here
    guest.emit(0x50)  // push rax
    guest.jump(to: start)
    let run = try await guest.run()
    let address = smallMemory - guest.stackSize - 8
    #expect(
      run.fault?.cause.description
        == "stack overflow: write to 0x\(String(address, radix: 16)) in the guard page under the stack"
    )
  }

  /// An instruction that straddles the end of the code.
  @Test
  func executionPastTheCode() async throws {
    var guest = GuestProgram()
    guest.move(GuestProgram.codeStart + 0xffe, to: .rax)
    guest.emit(0xff, 0xe0)  // jmp rax
    guest.emit([UInt8](repeating: 0x90, count: 0x1000 - guest.code.count))
    let run = try await guest.run()
    #expect(
      run.exception?.description == "execution of 0x101000, where nothing is mapped")
  }
}
