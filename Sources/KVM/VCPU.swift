// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import CLinux
internal import Glibc
public import SystemCalls
internal import SystemPackage

/// A virtual processor. One thread at a time may use it.
public struct VCPU: ~Copyable, Sendable {
  private let descriptor: Descriptor
  private let runMapping: RunMapping

  init(_ descriptor: consuming Descriptor, runMappingSize: Int) throws(SystemCallError) {
    runMapping = try RunMapping(of: descriptor, byteCount: runMappingSize)
    self.descriptor = descriptor
  }

  /// KVM_GET_REGS.
  public func registers() throws(SystemCallError) -> kvm_regs {
    var registers = kvm_regs()
    try descriptor.perform(.getRegisters, &registers)
    return registers
  }

  /// KVM_SET_REGS.
  public func setRegisters(_ registers: kvm_regs) throws(SystemCallError) {
    var registers = registers
    try descriptor.perform(.setRegisters, &registers)
  }

  /// KVM_GET_SREGS.
  public func specialRegisters() throws(SystemCallError) -> kvm_sregs {
    var registers = kvm_sregs()
    try descriptor.perform(.getSpecialRegisters, &registers)
    return registers
  }

  /// KVM_SET_SREGS.
  public func setSpecialRegisters(_ registers: kvm_sregs) throws(SystemCallError) {
    var registers = registers
    try descriptor.perform(.setSpecialRegisters, &registers)
  }

  /// KVM_SET_XCRS: the state components that XSAVE and the instruction sets may use (SDM vol. 1,
  /// section 13.3).
  public func setXCR0(_ value: UInt64) throws(SystemCallError) {
    var registers = kvm_xcrs()
    registers.nr_xcrs = 1
    registers.xcrs.0.value = value
    try descriptor.perform(.setExtendedControlRegisters, &registers)
  }

  /// KVM_SET_CPUID2: what the guest's CPUID instruction reports.
  public func setCPUID(_ entries: [CPUIDEntry]) throws(SystemCallError) {
    precondition(entries.count <= Int(CLINUX_CPUID_MAX))
    var table = clinux_cpuid()
    table.nent = UInt32(entries.count)
    unsafe withUnsafeMutableBytes(of: &table.entries) { bytes in
      // SAFETY: the tuple is CLINUX_CPUID_MAX entries long and bound to their type.
      let slots = unsafe bytes.assumingMemoryBound(to: kvm_cpuid_entry2.self)
      for (index, entry) in entries.enumerated() { unsafe slots[index] = entry.structure }
    }
    // SAFETY: the table is what the call takes.
    let result = unsafe withUnsafeMutablePointer(to: &table) { table in
      retryingInterrupts { unsafe clinux_set_cpuid(descriptor.number, table) }
    }
    if result == nil { throw SystemCallError("KVM_SET_CPUID2", on: "/dev/kvm") }
  }

  /// KVM_GET_TSC_KHZ, in Hz.
  public func tscFrequency() throws(SystemCallError) -> UInt64 {
    UInt64(try descriptor.perform(.getTSCFrequency)) * 1000
  }

  /// KVM_SET_SIGNAL_MASK: while the guest runs, `signals` are unblocked besides those that the calling
  /// thread has unblocked. The thread keeps them blocked otherwise, so that they interrupt the guest
  /// without a handler, also when they came before.
  public func setWakeSignals(_ signals: CInt...) throws(SystemCallError) {
    var mask = sigset_t()
    let failure = unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
    guard failure == 0 else {
      throw SystemCallError("pthread_sigmask", on: "vCPU", errno: Errno(rawValue: failure))
    }
    for signal in signals { unsafe sigdelset(&mask, signal) }
    // SAFETY: the mask is what the call takes.
    let result = unsafe withUnsafeMutablePointer(to: &mask) { mask in
      retryingInterrupts { unsafe clinux_set_vcpu_signal_mask(descriptor.number, mask) }
    }
    if result == nil { throw SystemCallError("KVM_SET_SIGNAL_MASK", on: "/dev/kvm") }
  }

  // MARK: - Running

  /// The descriptor's number, for a filter of system calls.
  public var number: CInt { descriptor.number }

  /// Completes what the guest stopped at, and stores its registers where the next three read them
  /// (KVM_CAP_SYNC_REGS, KVM_CAP_IMMEDIATE_EXIT). KVM_RUN does that: a thread that may make no other
  /// request can examine its guest.
  public func synchronize() throws(SystemCallError) {
    runMapping.setSynchronizing(true)
    defer { runMapping.setSynchronizing(false) }
    if clinux_ioctl_value(descriptor.number, ValueRequest.run.number, 0) >= 0 { return }
    if Glibc.errno != EINTR { throw SystemCallError("KVM_RUN", on: "/dev/kvm") }
  }

  /// The general registers at the last `synchronize`.
  public var synchronizedRegisters: kvm_regs { runMapping.registers }

  /// The special registers at the last `synchronize`.
  public var synchronizedSpecialRegisters: kvm_sregs { runMapping.specialRegisters }

  /// Gives the guest these general registers when it runs next.
  public func resume(with registers: kvm_regs) { runMapping.registers = registers }

  /// Gives the guest these special registers when it runs next.
  public func resume(with registers: kvm_sregs) { runMapping.specialRegisters = registers }

  /// KVM_RUN: runs the guest until it needs the tender.
  public func run() throws(SystemCallError) -> VCPUExit {
    if clinux_ioctl_value(descriptor.number, ValueRequest.run.number, 0) >= 0 {
      return runMapping.exit()
    }
    if Glibc.errno == EINTR { return .interrupted }
    throw SystemCallError("KVM_RUN", on: "/dev/kvm")
  }
}
