// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import GuestMemory
internal import HVTABI
internal import KVM
internal import SystemCalls
internal import SystemPackage

/// A guest of a few instructions that tells how fast this KVM runs code.
struct SpeedProbe {
  /// What is measured.
  enum Subject {
    /// An instruction at CPL 3, where native guests run.
    case user
    /// An instruction at CPL 0.
    case kernel
    /// A privileged instruction at CPL 3, which the tender emulates.
    case emulation
  }

  private let subject: Subject
  private let iterations: UInt64

  init(_ subject: Subject) {
    self.subject = subject
    // Some milliseconds at most, also where CPL 0 is emulated.
    iterations =
      switch subject {
      case .user: 4_000_000
      case .kernel: 2_000
      case .emulation: 100
      }
  }

  /// The time of one instruction.
  func picosecondsPerInstruction(
    _ kvm: borrowing KVMSystem
  ) throws(SystemCallError) -> UInt64 {
    let size = GuestMemory.largePageSize
    var memory = try GuestMemory(byteCount: size)
    let machine = try kvm.makeVirtualMachine()
    try machine.setMemory(hostAddress: memory.hostAddress, byteCount: size)
    let vcpu = try machine.makeVCPU()
    let features = ProcessorFeatures()

    let code = MemoryMap.tenderEnd
    let level: ProcessorState.Level = subject == .kernel ? .kernel : .user
    let regions = Self.regions(code: code, level)
    let tables = PageTables(mapping: regions, memorySize: size, base: MemoryMap.pageTables)
    memory.install(tables)
    memory.installDescriptorTables()
    memory.regions = regions
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
    try Self.run(vcpu, memory, taskStateType: features.taskStateType)
    let elapsed = (Self.now() - start) * 1000
    return subject == .emulation ? elapsed / iterations : elapsed / (2 * iterations)
  }

  private static func regions(code: UInt64, _ level: ProcessorState.Level) -> MemoryRegions {
    let access: PageAccess = level == .user ? [.guest, .read, .execute] : [.read, .execute]
    var regions = MemoryRegions()
    regions.appendTendersArea()
    regions.append(MemoryRegion(.program, code..<code + MemoryRegion.pageSize, access))
    return regions
  }

  /// Runs the loop to its hypercall.
  private static func run(
    _ vcpu: borrowing VCPU, _ memory: borrowing GuestMemory, taskStateType: UInt8
  ) throws(SystemCallError) {
    var emulator = TrapEmulator(taskStateType: taskStateType)
    var exit = try vcpu.run()
    while let vector = TrapStub.vector(reportedBy: exit) {
      do throws(ServiceError) {
        try emulator.serve(vector, vcpu, memory)
      } catch {
        throw unexpectedExit
      }
      exit = try vcpu.run()
    }
    guard case .portWrite(port: Hypercall.halt.port, size: 4, count: 1, value: _) = exit else {
      throw unexpectedExit
    }
  }

  private static var unexpectedExit: SystemCallError {
    SystemCallError("KVM_RUN: unexpected exit", on: "/dev/kvm", errno: .notSupported)
  }

  /// Counts RCX down and makes a hypercall.
  private var loop: [UInt8] {
    let port = Hypercall.halt.port
    let measured: [UInt8] = subject == .emulation ? [0xfa] : []  // cli
    let back = UInt8(bitPattern: -Int8(measured.count + 5))
    return measured + [
      0x48, 0xff, 0xc9,  // dec rcx
      0x75, back,  // jnz, back to the start
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
