// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestFixtures
import GuestMemory
import HVTABI
import Tender
import Testing

/// The I/O ports: the ABI's in the ABI's width, and nothing else.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PortTests {
  /// A guest that executes `instruction` with DX = `port` and EAX = the address of a halt's block.
  private func run(_ instruction: [UInt8], port: UInt16) async throws -> Run {
    var guest = GuestProgram()
    guest.move(guest.place(words: [0, 0]), to: .rax)
    guest.move(UInt64(port), to: .rdx)
    guest.emit(instruction)
    guest.halt(1)
    return try await guest.run()
  }

  @Test(
    arguments: [
      0, 0x20, 0x64, 0x7f, 0x80, 0x8e, 0x9f, 0xa0, 0x3f8, 0x4ff, 0x500, 0x50c, 0x510, 0x600, 0x601,
      0xcf8,
      0xfffc, 0xffff,
    ] as [UInt16])
  func otherPortIsClosed(port: UInt16) async throws {
    for instruction: [UInt8] in [[0xef], [0xee], [0x66, 0xef]] {
      let run = try await run(instruction, port: port)
      #expect(
        run.exception?.description
          == "general protection fault: out to a port that the ABI does not have"
          + " is a privileged instruction")
    }
    for instruction: [UInt8] in [[0xed], [0xec], [0x66, 0xed]] {
      let run = try await run(instruction, port: port)
      #expect(
        run.exception?.description
          == "general protection fault: in from a port that the ABI does not have"
          + " is a privileged instruction")
    }
  }

  /// The bitmap opens these for the sake of a 32-bit `out` to the last hypercall.
  @Test(arguments: [0x509, 0x50a, 0x50b] as [UInt16])
  func portBehindTheLastHypercallIsNoHypercall(port: UInt16) async throws {
    // The 8-bit form passes the bitmap; the 32-bit one covers ports that are closed.
    let narrow = try await run([0xee], port: port)
    #expect(narrow.fault?.cause == .portWrite(port: port, size: 1))
    let wide = try await run([0xef], port: port)
    #expect(wide.exception?.vector == 13)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt16>)
  func hypercallOfAnotherWidthIsAFault(number: UInt16) async throws {
    let port = 0x500 + number
    let text = "I/O port 0x\(String(port, radix: 16)), which is no hypercall"
    let byte = try await run([0xee], port: port)
    #expect(byte.fault?.cause == .portWrite(port: port, size: 1))
    #expect(byte.fault?.cause.description == "write of 1 bytes to \(text)")
    let word = try await run([0x66, 0xef], port: port)
    #expect(word.fault?.cause == .portWrite(port: port, size: 2))
    #expect(word.fault?.cause.description == "write of 2 bytes to \(text)")
  }

  @Test(arguments: 1...8 as ClosedRange<UInt16>)
  func hypercallPortCannotBeRead(number: UInt16) async throws {
    let port = 0x500 + number
    for (instruction, size) in [([0xec], 1), ([0x66, 0xed], 2), ([0xed], 4)] as [([UInt8], Int)] {
      let run = try await run(instruction, port: port)
      #expect(run.fault?.cause == .portRead(port: port, size: size))
      #expect(
        run.fault?.cause.description
          == "read of \(size) bytes from I/O port 0x\(String(port, radix: 16)), which the ABI does not have"
      )
    }
  }

  /// `outs` and `ins`, alone and repeated, are no hypercalls.
  @Test(
    arguments: [[0x6f], [0xf3, 0x6f], [0x6e], [0xf3, 0x6e], [0x6d], [0xf3, 0x6d], [0xf3, 0x6c]]
      as [[UInt8]])
  func stringInstructionIsAFault(instruction: [UInt8]) async throws {
    var guest = GuestProgram()
    let block = guest.place(words: [0, 0, 0, 0])
    guest.move(block, to: .rsi)
    guest.move(block, to: .rdi)
    guest.move(4, to: .rcx)
    guest.move(0x508, to: .rdx)
    guest.emit(instruction)
    guest.halt(1)
    let run = try await guest.run()
    #expect(run.fault != nil, "\(run.outcome)")
  }

  @Test
  func hypercallChangesNoRegister() async throws {
    var guest = GuestProgram()
    let state = guest.place(words: [0, 0, 0, 0, 0, 0])
    let time = guest.place(words: [0])
    let registers: [GuestProgram.Register] = [.rcx, .rbx, .rbp, .rsi, .rdi]
    for (index, register) in registers.enumerated() {
      guest.move(0x1111_1111_1111_1111 * UInt64(index + 1), to: register)
    }
    guest.emit(0xf9)  // stc
    guest.call(.walltime, time)
    guest.store(.rax, at: state)
    guest.store(.rdx, at: state + 8)
    guest.store(.rcx, at: state + 16)
    guest.store(.rbp, at: state + 24)
    guest.emit(0x9c, 0x58)  // pushf; pop rax
    guest.store(.rax, at: state + 32)
    guest.show(state, 40)
    guest.halt()
    let run = try await guest.run()
    #expect(try run.value(at: 0, as: UInt64.self) == time)
    #expect(try run.value(at: 8, as: UInt64.self) == 0x501)
    #expect(try run.value(at: 16, as: UInt64.self) == 0x1111_1111_1111_1111)
    #expect(try run.value(at: 24, as: UInt64.self) == 0x3333_3333_3333_3333)
    #expect(try run.value(at: 32, as: UInt64.self) & 1 == 1)
  }
}
