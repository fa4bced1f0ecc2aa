// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestMemory
import HVTABI
import Testing

@testable import Tender

@Suite struct GuestFaultTests {
  private static func text(
    vector: Int, errorCode: UInt64 = 0, address: UInt64? = nil,
    place: ProcessorException.Place? = nil, instruction: [UInt8] = []
  ) -> String {
    ProcessorException(
      vector: vector, errorCode: errorCode, address: address.map { GuestAddress($0) }, place: place,
      instruction: instruction
    ).description
  }

  @Test(
    arguments: [
      (0, "division by zero or overflow of a division"), (1, "debug exception"),
      (2, "non-maskable interrupt"), (3, "breakpoint"), (4, "overflow"),
      (5, "bound range exceeded"), (6, "illegal instruction"), (7, "device not available"),
      (8, "double fault"), (9, "exception 9"), (10, "invalid TSS"), (11, "segment not present"),
      (12, "stack segment fault"), (13, "general protection fault"), (14, "page fault"),
      (15, "exception 15"), (16, "x87 floating-point exception"), (17, "misaligned access"),
      (18, "machine check"), (19, "SSE floating-point exception"), (20, "virtualization exception"),
      (21, "control protection exception"), (22, "exception 22"), (28, "exception 28"),
      (31, "exception 31"),
    ])
  func everyVectorHasAName(vector: Int, text: String) {
    #expect(Self.text(vector: vector) == text)
  }

  // MARK: - Page faults

  /// Bits of a page fault's error code (SDM vol. 3, figure 4-12): P, W/R, U/S, I/D.
  private static let accesses: [(code: UInt64, words: String, access: String)] = [
    (0b00100, "read of", "readable"), (0b00101, "read of", "readable"),
    (0b00110, "write to", "writable"), (0b00111, "write to", "writable"),
    (0b10100, "execution of", "executable"), (0b10101, "execution of", "executable"),
  ]

  @Test(arguments: accesses)
  func pageFaultNamesAccessAddressAndPlace(code: UInt64, words: String, access: String) {
    func text(_ address: UInt64, _ place: ProcessorException.Place?) -> String {
      Self.text(vector: 14, errorCode: code, address: address, place: place)
    }
    #expect(text(0, .nullPage) == "\(words) 0x0 in the null page")
    #expect(text(0xff8, .nullPage) == "\(words) 0xff8 in the null page")
    #expect(
      text(0xfe_fff8, .guardPage)
        == "stack overflow: \(words) 0xfefff8 in the guard page under the stack")
    #expect(text(0x1000, .region(.tender)) == "\(words) 0x1000 in the tender's area")
    #expect(
      text(0x8000, .region(.bootInformation))
        == "\(words) 0x8000 in the boot information, which is not \(access)")
    #expect(
      text(0x10_0000, .region(.program))
        == "\(words) 0x100000 in the program, which is not \(access)")
    #expect(
      text(0x20_0000, .region(.heap)) == "\(words) 0x200000 in the heap, which is not \(access)")
    #expect(
      text(0xff_0000, .region(.stack)) == "\(words) 0xff0000 in the stack, which is not \(access)")
    #expect(text(0x10_2000, .unmapped) == "\(words) 0x102000, where nothing is mapped")
    #expect(text(.max, .outsideMemory) == "\(words) 0xffffffffffffffff outside memory")
    #expect(text(1 << 32, nil) == "\(words) 0x100000000 outside memory")
  }

  // MARK: - Instructions

  @Test(
    arguments: [
      ([0x0f, 0x0b], "trap instruction (ud2)"), ([0x0f, 0x0b, 0x90], "trap instruction (ud2)"),
      ([0x0f], "illegal instruction"), ([0x0f, 0xff], "illegal instruction"),
      ([], "illegal instruction"), ([0x66, 0x0f, 0x0b], "illegal instruction"),
    ] as [([UInt8], String)])
  func swiftsTrapIsTold(instruction: [UInt8], text: String) {
    #expect(Self.text(vector: 6, instruction: instruction) == text)
    let cause = GuestFault.Cause.exception(
      ProcessorException(vector: 6, errorCode: 0, instruction: instruction))
    #expect(cause.isSwiftTrap == (text == "trap instruction (ud2)"))
  }

  @Test func onlyIllegalInstructionsAreSwiftTraps() {
    let other = ProcessorException(vector: 13, errorCode: 0, instruction: [0x0f, 0x0b])
    #expect(!GuestFault.Cause.exception(other).isSwiftTrap)
    #expect(!GuestFault.Cause.shutdown.isSwiftTrap)
  }

  @Test(
    arguments: [
      ([0xfa], "cli"), ([0xfb], "sti"), ([0xf4], "hlt"),
      ([0xe4, 0x60], "in from a port that the ABI does not have"),
      ([0xe5, 0x60], "in from a port that the ABI does not have"),
      ([0xec], "in from a port that the ABI does not have"),
      ([0xed], "in from a port that the ABI does not have"),
      ([0xf3, 0x6c], "in from a port that the ABI does not have"),
      ([0xf2, 0x66, 0x6d], "in from a port that the ABI does not have"),
      ([0xe6, 0x80], "out to a port that the ABI does not have"),
      ([0xe7, 0x80], "out to a port that the ABI does not have"),
      ([0xee], "out to a port that the ABI does not have"),
      ([0x66, 0xef], "out to a port that the ABI does not have"),
      ([0x6e], "out to a port that the ABI does not have"),
      ([0xf3, 0x6f], "out to a port that the ABI does not have"),
      ([0x0f, 0x20, 0xc0], "mov of a control register"),
      ([0x44, 0x0f, 0x22, 0xc0], "mov of a control register"),
      ([0x0f, 0x21, 0xc0], "mov of a debug register"),
      ([0x0f, 0x23, 0xc0], "mov of a debug register"), ([0x0f, 0x30], "wrmsr"),
      ([0x0f, 0x32], "rdmsr"), ([0x0f, 0x00, 0xd8], "ltr"),
      ([0x0f, 0x01, 0x10], "lgdt"), ([0x0f, 0x06], "clts"),
      ([0x48, 0x0f, 0x07], "sysret"), ([0x0f, 0x08], "a cache invalidation"),
      ([0x0f, 0x09], "a cache invalidation"),
    ] as [([UInt8], String)])
  func privilegedInstructionIsNamed(instruction: [UInt8], name: String) {
    #expect(
      Self.text(vector: 13, instruction: instruction)
        == "general protection fault: \(name) is a privileged instruction")
    // Only where the processor would complain of that.
    #expect(Self.text(vector: 12, instruction: instruction) == "stack segment fault")
  }

  @Test(
    arguments: [
      (0, [], "general protection fault"), (0, [0x90], "general protection fault"),
      (0, [0x0f], "general protection fault"), (0, [0x66, 0x66], "general protection fault"),
      (0, [0x48, 0x8b, 0x00], "general protection fault"),
      (0x102, [0xcd, 0x20], "general protection fault, error code 0x102"),
    ] as [(UInt64, [UInt8], String)])
  func otherProtectionFaultHasItsCode(code: UInt64, instruction: [UInt8], text: String) {
    #expect(Self.text(vector: 13, errorCode: code, instruction: instruction) == text)
  }

  // MARK: - Hypercalls and exits

  @Test(
    arguments: [
      (
        .argumentBlock(.puts, GuestAddress(0xfff8)),
        "hypercall puts: argument block at 0xfff8 is not the guest's to use"
      ),
      (
        .buffer(.puts, GuestAddress(0x1000), count: 7, isWritten: false),
        "hypercall puts: buffer of 7 bytes at 0x1000 is not the guest's to read"
      ),
      (
        .buffer(.blockRead, GuestAddress(.max), count: .max, isWritten: true),
        "hypercall blockRead: buffer of 18446744073709551615 bytes at 0xffffffffffffffff is not the"
          + " guest's to write"
      ),
      (
        .portWrite(port: 0x509, size: 4),
        "write of 4 bytes to I/O port 0x509, which is no hypercall"
      ),
      (
        .portRead(port: 0x501, size: 2),
        "read of 2 bytes from I/O port 0x501, which the ABI does not have"
      ),
      (.shutdown, "triple fault"),
      (
        .entryFailed(reason: 0x8000_0021),
        "the processor refused the guest's state: reason 0x80000021"
      ),
      (.internalError(suberror: 1), "KVM could not continue: internal error 1"),
      (.unexpectedExit(reason: 6), "unexpected KVM exit 6"),
    ] as [(GuestFault.Cause, String)])
  func everyOtherCauseIsExplained(cause: GuestFault.Cause, text: String) {
    #expect(cause.description == text)
  }
}
