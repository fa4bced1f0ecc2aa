// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import SystemCalls

/// The memory that a vCPU shares with the kernel: `kvm_run` and the data behind it.
@safe
struct RunMapping: ~Copyable, @unchecked Sendable {
  private let run: UnsafeMutablePointer<kvm_run>
  private let byteCount: Int

  init(of vcpu: borrowing Descriptor, byteCount: Int) throws(SystemCallError) {
    precondition(byteCount >= MemoryLayout<kvm_run>.size)
    let address = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu.number, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw SystemCallError("mmap", on: "vCPU")
    }
    unsafe run = address.assumingMemoryBound(to: kvm_run.self)
    self.byteCount = byteCount
  }

  deinit { unsafe munmap(run, byteCount) }

  /// Why KVM_RUN returned.
  func exit() -> VCPUExit {
    // SAFETY: the mapping holds a whole kvm_run, and the kernel sets the union's member that
    // belongs to the exit reason.
    switch unsafe Int32(bitPattern: run.pointee.exit_reason) {
    case KVM_EXIT_IO: return portAccess()
    case KVM_EXIT_MMIO:
      return .memoryAccess(
        address: unsafe run.pointee.mmio.phys_addr, isWrite: unsafe run.pointee.mmio.is_write != 0)
    case KVM_EXIT_HLT: return .halted
    case KVM_EXIT_SHUTDOWN: return .shutdown
    case KVM_EXIT_INTR: return .interrupted
    case KVM_EXIT_FAIL_ENTRY:
      return .entryFailed(
        reason: unsafe run.pointee.fail_entry.hardware_entry_failure_reason)
    case KVM_EXIT_INTERNAL_ERROR:
      return .internalError(suberror: unsafe run.pointee.internal.suberror)
    case let reason: return .other(reason: UInt32(bitPattern: reason))
    }
  }

  // MARK: - Registers

  /// Has the next KVM_RUN store all registers below and return at once, or run the guest again.
  func setSynchronizing(_ isSynchronizing: Bool) {
    unsafe run.pointee.kvm_valid_regs = isSynchronizing ? CLINUX_SYNC_REGS | CLINUX_SYNC_SREGS : 0
    unsafe run.pointee.immediate_exit = isSynchronizing ? 1 : 0
  }

  /// What the last such KVM_RUN stored; what is set, the next KVM_RUN gives the guest.
  var registers: kvm_regs {
    get { unsafe run.pointee.s.regs.regs }
    nonmutating set {
      unsafe run.pointee.s.regs.regs = newValue
      unsafe run.pointee.kvm_dirty_regs |= CLINUX_SYNC_REGS
    }
  }

  /// The same of the special registers.
  var specialRegisters: kvm_sregs {
    get { unsafe run.pointee.s.regs.sregs }
    nonmutating set {
      unsafe run.pointee.s.regs.sregs = newValue
      unsafe run.pointee.kvm_dirty_regs |= CLINUX_SYNC_SREGS
    }
  }

  private func portAccess() -> VCPUExit {
    let size = unsafe Int(clinux_run_io_size(run))
    let port = unsafe clinux_run_io_port(run)
    let count = unsafe clinux_run_io_count(run)
    guard unsafe clinux_run_io_direction(run) == KVM_EXIT_IO_OUT else {
      return .portRead(port: port, size: size, count: Int(count))
    }
    guard size == 4, count == 1 else {
      return .portWrite(port: port, size: size, count: Int(count), value: 0)
    }
    let offset = unsafe clinux_run_io_data_offset(run)
    precondition(offset <= UInt64(byteCount - 4), "KVM placed I/O data outside its mapping")
    // SAFETY: just checked against the mapping's size.
    let value = unsafe UnsafeRawPointer(run).loadUnaligned(
      fromByteOffset: Int(offset), as: UInt32.self)
    return .portWrite(port: port, size: size, count: Int(count), value: value)
  }
}
