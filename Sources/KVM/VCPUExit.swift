// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Why a vCPU stopped running its guest.
public enum VCPUExit: Equatable, Sendable {
  /// KVM_EXIT_IO, out. `value` is what was written when `size` is 4 and `count` 1, else 0.
  case portWrite(port: UInt16, size: Int, count: Int, value: UInt32)
  /// KVM_EXIT_IO, in.
  case portRead(port: UInt16, size: Int, count: Int)
  /// KVM_EXIT_MMIO: an access to guest-physical memory that does not exist.
  case memoryAccess(address: UInt64, isWrite: Bool)
  /// KVM_EXIT_HLT.
  case halted
  /// KVM_EXIT_SHUTDOWN: a triple fault.
  case shutdown
  /// KVM_EXIT_INTR, or a signal made KVM_RUN fail with EINTR.
  case interrupted
  /// KVM_EXIT_FAIL_ENTRY: the processor refused the guest's state.
  case entryFailed(reason: UInt64)
  /// KVM_EXIT_INTERNAL_ERROR, such as an instruction that KVM cannot emulate.
  case internalError(suberror: UInt32)
  /// Any other reason, by its KVM_EXIT number.
  case other(reason: UInt32)
}
