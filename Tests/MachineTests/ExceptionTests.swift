// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import Tender
import Testing

/// Each exception that CPL 3 can raise, and each instruction that it may not execute.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ExceptionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var code: [UInt8]
    var vector: Int
    /// The whole message; nil for any.
    var message: String?

    init(_ name: String, _ code: [UInt8], _ vector: Int, _ message: String? = nil) {
      self.name = name
      self.code = code
      self.vector = vector
      self.message = message
    }

    var testDescription: String { name }
  }

  private func run(_ code: [UInt8]) async throws -> Run {
    var guest = GuestProgram()
    guest.emit(code)
    guest.halt()
    return try await guest.run()
  }

  static let exceptions = [
    Case("div by zero", [0x31, 0xc9, 0xf7, 0xf1], 0, "division by zero or overflow of a division"),
    // mov edx, 2; mov ecx, 1; div ecx
    Case(
      "div overflow", [0xba, 2, 0, 0, 0, 0xb9, 1, 0, 0, 0, 0xf7, 0xf1], 0,
      "division by zero or overflow of a division"),
    // pushf; or dword [rsp], TF; popf; nop
    Case(
      "single step", [0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d, 0x90, 0x90], 1, "debug exception"),
    Case("int3", [0xcc], 3, "breakpoint"),
    Case("ud2", [0x0f, 0x0b], 6, "trap instruction (ud2)"),
    Case("ud1", [0x0f, 0xb9, 0xc0], 6, "illegal instruction"),
    Case("push es", [0x06], 6, "illegal instruction"),
    Case("into", [0xce], 6, "illegal instruction"),
    // mov rax, 1 << 47; mov [rax], al
    Case(
      "non-canonical", [0x48, 0xb8, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x88, 0x00], 13,
      "general protection fault"),
    // movaps xmm0, [rsp + 1]
    Case(
      "unaligned movaps", [0x0f, 0x28, 0x44, 0x24, 1], 13, "general protection fault"),
    // fninit; push 0x370; and byte [rsp], 0xc0; fldcw [rsp]; fld1; fldz; fdivp; fwait
    Case(
      "x87",
      [
        0xdb, 0xe3, 0x68, 0x70, 3, 0, 0, 0x80, 0x24, 0x24, 0xc0, 0xd9, 0x2c, 0x24, 0xd9, 0xe8,
        0xd9, 0xee, 0xde, 0xf9, 0x9b,
      ], 16, "x87 floating-point exception"),
    // EVEX vxorps zmm0, zmm0, zmm0
    Case("AVX-512", [0x62, 0xf1, 0x7c, 0x48, 0x57, 0xc0], 6, "illegal instruction"),
  ]

  /// Exceptions that QEMU's emulated processor does not raise, or raises as another one.
  static let exceptionsOfRealProcessors = [
    // push 0; ldmxcsr [rsp]; xorps xmm0, xmm0; divss xmm0, xmm0
    Case(
      "SSE", [0x6a, 0, 0x0f, 0xae, 0x14, 0x24, 0x0f, 0x57, 0xc0, 0xf3, 0x0f, 0x5e, 0xc0], 19,
      "SSE floating-point exception"),
    // push 0; vldmxcsr [rsp]; vxorps xmm0, xmm0, xmm0; vdivss xmm0, xmm0, xmm0
    Case(
      "AVX",
      [
        0x6a, 0, 0xc5, 0xf8, 0xae, 0x14, 0x24, 0xc5, 0xf8, 0x57, 0xc0, 0xc5, 0xfa, 0x5e, 0xc0,
      ], 19, "SSE floating-point exception"),
    // mov rsp, (1 << 47) + 4096; push rax
    Case(
      "non-canonical stack", [0x48, 0xbc, 0, 0x10, 0, 0, 0, 0x80, 0, 0, 0x50], 12,
      "stack segment fault"),
  ]

  @Test(arguments: exceptionsOfRealProcessors)
  func exceptionOfARealProcessorEndsTheGuest(_ test: Case) async throws {
    try await expectException(test)
  }

  @Test(arguments: exceptions)
  func exceptionEndsTheGuest(_ test: Case) async throws {
    try await expectException(test)
  }

  private func expectException(_ test: Case) async throws {
    let run = try await run(test.code)
    let exception = try #require(run.exception, "\(run.outcome)")
    #expect(exception.vector == test.vector)
    if let message = test.message { #expect(exception.description == message) }
    let registers = try #require(run.fault?.registers)
    let code = GuestProgram.codeStart..<GuestProgram.codeStart + UInt64(test.code.count) + 1
    #expect(code.contains(registers.instructionPointer))
  }

  private static func privileged(_ name: String, _ code: [UInt8]) -> Case {
    Case(name, code, 13, "general protection fault: \(name) is a privileged instruction")
  }

  static let privilegedInstructions = [
    privileged("cli", [0xfa]), privileged("sti", [0xfb]), privileged("hlt", [0xf4]),
    privileged("clts", [0x0f, 0x06]), privileged("wrmsr", [0x0f, 0x30]),
    privileged("rdmsr", [0x0f, 0x32]),
    privileged("mov of a control register", [0x0f, 0x20, 0xc0]),
    privileged("mov of a control register", [0x0f, 0x22, 0xc0]),
    privileged("mov of a control register", [0x0f, 0x20, 0xd0]),
    privileged("mov of a control register", [0x0f, 0x22, 0xd8]),
    privileged("mov of a control register", [0x0f, 0x22, 0xe0]),
    privileged("mov of a control register", [0x44, 0x0f, 0x20, 0xc0]),
    privileged("mov of a debug register", [0x0f, 0x21, 0xf8]),
    privileged("mov of a debug register", [0x0f, 0x23, 0xf8]),
    privileged("a cache invalidation", [0x0f, 0x08]),
    privileged("a cache invalidation", [0x0f, 0x09]),
    privileged("lgdt", [0x0f, 0x01, 0x14, 0x24]),
    privileged("lidt", [0x0f, 0x01, 0x1c, 0x24]),
    privileged("lldt", [0x0f, 0x00, 0xd0]),
    privileged("ltr", [0x0f, 0x00, 0xd8]),
    privileged("invlpg", [0x0f, 0x01, 0x3c, 0x24]),
    privileged("lmsw", [0x0f, 0x01, 0xf0]),
    privileged("xsetbv", [0x0f, 0x01, 0xd1]),
    privileged("swapgs", [0x0f, 0x01, 0xf8]),
  ]

  @Test(arguments: privilegedInstructions)
  func privilegedInstructionIsNamed(_ test: Case) async throws {
    let run = try await run(test.code)
    let exception = try #require(run.exception, "\(run.outcome)")
    #expect(exception.vector == test.vector)
    #expect(exception.description == test.message)
    #expect(run.fault?.registers?.instructionPointer == GuestProgram.codeStart)
    #expect(exception.instruction.starts(with: test.code))
  }

  /// Ways into the kernel that other systems have: each must end the guest, whatever the host's
  /// KVM makes of it.
  @Test(arguments: [
    Case("int 0x80", [0xcd, 0x80], 13), Case("int 14", [0xcd, 14], 13),
    Case("int 2", [0xcd, 2], 13),
    Case("syscall", [0x0f, 0x05], 6), Case("sysenter", [0x0f, 0x34], 6),
    Case("sysret", [0x48, 0x0f, 0x07], 13),
    Case("iret without a frame", [0x31, 0xe4, 0x48, 0xcf], 14),
    Case("far return to CPL 0", [0x6a, 0x08, 0x6a, 0, 0x48, 0xcb], 13),
    Case("far return to nowhere", [0x6a, 0x7b, 0x6a, 0, 0x48, 0xcb], 13),
  ])
  func gateIsClosed(_ test: Case) async throws {
    let run = try await run(test.code)
    #expect(run.fault != nil, "\(run.outcome)")
    let flags = try #require(run.fault?.registers?.flags)
    #expect(flags & 0x3000 == 0, "IOPL is 0")
  }

  /// KVM has hypercalls of its own. It refuses them to CPL 3, with -EPERM or an exception.
  @Test(
    arguments: [[0x0f, 0x01, 0xc1], [0x0f, 0x01, 0xd9]] as [[UInt8]], [0, 1, 5, 12] as [UInt64])
  func hypercallOfKVMIsRefused(instruction: [UInt8], number: UInt64) async throws {
    var guest = GuestProgram()
    let result = guest.place(words: [0])
    guest.move(number, to: .rax)
    guest.emit(instruction)
    guest.store(.rax, at: result)
    guest.show(result, 8)
    guest.halt()
    let run = try await guest.run()
    if run.fault == nil { #expect(try run.value(at: 0, as: Int64.self) == -1) }
  }

  /// The trap stubs are no gate either: they cannot be called, and the trap stack cannot be read.
  @Test(arguments: 0..<32)
  func trapStubCannotBeEntered(vector: Int) async throws {
    var guest = GuestProgram()
    let stub = 0x3000 + UInt64(vector) * 16
    guest.move(stub, to: .rax)
    guest.emit(0xff, 0xd0)  // call rax
    let exception = try #require(try await guest.run().exception)
    #expect(exception.vector == 14)
    #expect(exception.address == GuestAddress(stub))
    #expect(exception.place == .region(.tender))
  }

  /// A stack pointer that points anywhere does not keep an exception from being reported.
  @Test(arguments: [0, 0x3008, 0x4ff8, 0x10_0008, smallMemory, 1 << 40, .max, 1 << 47] as [UInt64])
  func wildStackPointerIsReported(pointer: UInt64) async throws {
    var guest = GuestProgram()
    guest.move(pointer, to: .rsp)
    guest.move(pointer, to: .rbp)
    guest.emit(0x0f, 0x0b)  // ud2
    let run = try await guest.run()
    #expect(run.exception?.description == "trap instruction (ud2)")
    #expect(run.fault?.registers?.general[6] == pointer)
    #expect(run.fault?.registers?.instructionPointer == GuestProgram.codeStart + 20)
  }

  /// AC asks for checks that CR0.AM leaves off; where CPL 3 runs under the host's own CR0, on.
  @Test
  func misalignedAccessWorksOrIsNamed() async throws {
    // pushf; or dword [rsp], AC; popf; mov eax, [rsp + 1]
    let run = try await run([0x9c, 0x81, 0x0c, 0x24, 0, 0, 4, 0, 0x9d, 0x8b, 0x44, 0x24, 1])
    if run.status != 0 {
      #expect(run.exception?.vector == 17)
      #expect(run.exception?.description == "misaligned access")
    }
  }

  /// CPL 3 may read what it may not change.
  @Test
  func harmlessInstructionsWork() async throws {
    for code: [UInt8] in [
      [0xfd, 0xfc],  // std; cld
      [0x0f, 0x31],  // rdtsc
      [0x31, 0xc0, 0x0f, 0xa2],  // xor eax, eax; cpuid
      [0x31, 0xc9, 0x0f, 0x01, 0xd0],  // xor ecx, ecx; xgetbv
      [0xf3, 0x48, 0x0f, 0xae, 0xd0],  // wrfsbase rax
      [0xf3, 0x48, 0x0f, 0xae, 0xd8],  // wrgsbase rax
      [0xc5, 0xfc, 0x57, 0xc0],  // vxorps ymm0, ymm0, ymm0
      [0x0f, 0x0d, 0x0c, 0x25, 0, 0, 0, 0],  // prefetchw [0]
    ] {
      #expect(try await run(code).status == 0, "\(code)")
    }
  }
}
