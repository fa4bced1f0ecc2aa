// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import HVTABI
internal import KVM

/// The processor's tables in the tender's area, as bytes. The guest can neither read nor change
/// them.
enum DescriptorTables {
  // Segment selectors (SDM vol. 3, section 3.4.2). The guest runs with the user ones, at CPL 3.
  static let kernelCode: UInt16 = 0x08
  static let kernelData: UInt16 = 0x10
  static let userData: UInt16 = 0x18 | 3
  static let userCode: UInt16 = 0x20 | 3
  static let taskState: UInt16 = 0x28

  static let gdtSize: UInt64 = 56
  static let idtOffset: UInt64 = 0x100
  static let vectorCount = 32
  static let idtSize = UInt64(vectorCount * 16)

  /// The ports that a guest can be given. A 32-bit access to the last of a range looks at the three
  /// behind it, too.
  private static let hypercallPorts =
    UInt64(Hypercall.walltime.port)...UInt64(Hypercall.halt.port) + 3
  private static let doorbellPorts = UInt64(HVT_DOORBELL_PORT)...UInt64(HVT_DOORBELL_PORT) + 3
  /// The highest port that the TSS's bitmap has a bit for.
  private static let lastPort = doorbellPorts.upperBound
  private static let taskStateSize: UInt64 = 104
  /// With the byte of ones that must follow the bitmap (SDM vol. 1, section 19.5.2).
  static let taskStateLimit: UInt64 = taskStateSize + lastPort / 8 + 1

  /// The type of the TSS in TR: busy, as VM entry requires.
  static let busyTaskState: UInt8 = 11

  /// The global descriptor table (SDM vol. 3, figure 3-8).
  static func gdt(taskState base: UInt64) -> [UInt64] {
    [
      0,
      0x00af_9b00_0000_ffff,  // code, DPL 0, 64-bit, accessed
      0x00cf_9300_0000_ffff,  // data, DPL 0
      0x00cf_f300_0000_ffff,  // data, DPL 3
      0x00af_fb00_0000_ffff,  // code, DPL 3, 64-bit
      taskStateLimit | (base & 0xff_ffff) << 16 | 0x8b << 40 | (base >> 24 & 0xff) << 56,
      base >> 32,
    ]
  }

  /// The interrupt descriptor table: a gate to its stub for each exception, all on the trap stack
  /// (SDM vol. 3, figure 6-8).
  static func idt(stubs: UInt64) -> [UInt64] {
    (0..<vectorCount).flatMap { vector -> [UInt64] in
      let target = stubs + UInt64(vector * TrapStub.size)
      let privilege: UInt64 = Vector.isOpenToUser(vector) ? 3 : 0
      let attributes = 0x8e00 | privilege << 13 | 1
      return [
        target & 0xffff | UInt64(kernelCode) << 16 | attributes << 32
          | (target >> 16 & 0xffff) << 48,
        target >> 32,
      ]
    }
  }

  /// The task state: the trap stack as RSP0 and IST1, and a bitmap that opens the ABI's ports to
  /// CPL 3, the doorbell's if there is one, and no others (SDM vol. 3, section 8.7).
  static func taskState(trapStackEnd: UInt64, withDoorbell: Bool) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(taskStateLimit) + 1)
    for offset in [4, 36] {
      for index in 0..<8 {
        bytes[offset + index] = UInt8(truncatingIfNeeded: trapStackEnd >> (8 * index))
      }
    }
    bytes[102] = UInt8(taskStateSize)
    for index in Int(taskStateSize)..<bytes.count { bytes[index] = 0xff }
    // Not an array of both, whose type the runtime would have to look for.
    open(hypercallPorts, in: &bytes)
    if withDoorbell { open(doorbellPorts, in: &bytes) }
    return bytes
  }

  /// Clears the bits of `ports` in the bitmap of a task state.
  private static func open(_ ports: ClosedRange<UInt64>, in taskState: inout [UInt8]) {
    for port in ports {
      taskState[Int(taskStateSize + port / 8)] &= ~(1 << (port % 8))
    }
  }
}

/// What runs at CPL 0: for each exception a few instructions that report it to the tender and, if the
/// tender goes on, return to where the trap frame then says.
enum TrapStub {
  /// Where the stubs are.
  static let addresses = MemoryMap.trapStubs..<MemoryMap.trapStack
  static let size = 16
  /// The stub of vector v writes to port `firstPort` + v.
  static let firstPort: UInt16 = 0x80

  /// The stubs of all vectors, `size` bytes each.
  static func all() -> [UInt8] {
    (0..<DescriptorTables.vectorCount).flatMap { vector -> [UInt8] in
      let pushZero: [UInt8] = Vector.hasErrorCode(vector) ? [] : [0x6a, 0]
      let report: [UInt8] = [0xe7, UInt8(firstPort) + UInt8(vector)]  // out eax, imm8
      let resume: [UInt8] = [0x48, 0x83, 0xc4, 8, 0x48, 0xcf]  // add rsp, 8; iretq
      let code = pushZero + report + resume
      return code + [UInt8](repeating: 0xcc, count: size - code.count)
    }
  }
}

extension TrapStub {
  /// The exception that `exit` reports; nil when it comes from no stub.
  static func vector(reportedBy exit: VCPUExit) -> Int? {
    guard case .portWrite(let port, size: 4, count: 1, _) = exit else { return nil }
    let ports = firstPort..<firstPort + UInt16(DescriptorTables.vectorCount)
    return ports.contains(port) ? Int(port - firstPort) : nil
  }
}

/// What the processor and the stub leave on the trap stack, from the lowest address up (SDM vol. 3,
/// figure 6-9).
struct TrapFrame: BitwiseCopyable {
  var errorCode: UInt64 = 0
  var instructionPointer: UInt64 = 0
  var codeSegment: UInt64 = 0
  var flags: UInt64 = 0
  var stackPointer: UInt64 = 0
  var stackSegment: UInt64 = 0

  /// Whether the exception came at CPL 3: from the guest, and not from a stub.
  var isFromGuest: Bool { codeSegment & 3 == 3 }

  /// Where the frame is: every exception starts on an empty trap stack.
  static let address = MemoryMap.trapStackEnd - UInt64(MemoryLayout<TrapFrame>.size)
}
