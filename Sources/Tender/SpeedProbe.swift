// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import GuestMemory
internal import HVTABI
internal import KVM
internal import SystemCalls
internal import SystemPackage

/// A guest of three instructions that tells how fast a KVM backend runs code at a privilege level.
struct SpeedProbe {
  private let level: ProcessorState.Level
  private let iterations: UInt64

  init(_ level: ProcessorState.Level) {
    self.level = level
    // Some milliseconds each, also where CPL 0 is emulated.
    iterations = level == .user ? 4_000_000 : 10_000
  }

  /// The time of one instruction in a loop of two.
  func picosecondsPerInstruction(
    _ kvm: borrowing KVMSystem
  ) throws(SystemCallError) -> UInt64 {
    let size = GuestMemory.largePageSize
    let memory = try GuestMemory(byteCount: size)
    let machine = try kvm.makeVirtualMachine()
    try machine.setMemory(hostAddress: memory.hostAddress, byteCount: size)
    let vcpu = try machine.makeVCPU()
    let features = ProcessorFeatures()

    let code = MemoryMap.tenderEnd
    var regions = MemoryRegions()
    regions.append(
      MemoryRegion(.tender, MemoryMap.descriptorTables..<MemoryMap.trapStubs, [.read]))
    let access: PageAccess = level == .user ? [.guest, .read, .execute] : [.read, .execute]
    regions.append(MemoryRegion(.program, code..<code + MemoryRegion.pageSize, access))
    let tables = PageTables(mapping: regions, memorySize: size, base: MemoryMap.pageTables)
    memory.install(tables)
    memory.installDescriptorTables()
    for (index, byte) in loop.enumerated() {
      memory.store(byte, at: GuestAddress(code + UInt64(index)))
    }

    var state = ProcessorState(
      reset: try vcpu.specialRegisters(), entry: code, stackPointer: size, bootInformation: 0,
      pageTableRoot: tables.root, taskStateType: features.taskStateType, level: level)
    state.general.rcx = iterations
    try vcpu.setCPUID(features.entries)
    try vcpu.setSpecialRegisters(state.special)
    try vcpu.setRegisters(state.general)

    let start = Self.now()
    let exit = try vcpu.run()
    let elapsed = Self.now() - start
    guard case .portWrite(port: Hypercall.halt.port, size: 4, count: 1, value: _) = exit else {
      throw SystemCallError("KVM_RUN: unexpected exit", on: "/dev/kvm", errno: .notSupported)
    }
    return elapsed * 1000 / (2 * iterations)
  }

  /// Counts RCX down and makes a hypercall.
  private var loop: [UInt8] {
    let port = Hypercall.halt.port
    return [
      0x48, 0xff, 0xc9,  // dec rcx
      0x75, 0xfb,  // jnz, back to dec
      0x66, 0xba, UInt8(truncatingIfNeeded: port), UInt8(port >> 8),  // mov dx, port
      0xef,  // out dx, eax
    ]
  }

  private static func now() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
