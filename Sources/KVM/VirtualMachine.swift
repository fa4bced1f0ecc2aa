// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
public import SystemCalls

/// A virtual machine: memory and, here, one processor.
public struct VirtualMachine: ~Copyable, Sendable {
  private let descriptor: Descriptor
  private let runMappingSize: Int

  init(_ descriptor: consuming Descriptor, runMappingSize: Int) {
    self.descriptor = descriptor
    self.runMappingSize = runMappingSize
  }

  /// KVM_CAP_SPLIT_IRQCHIP without any I/O APIC pin: only a local APIC, in the kernel. Must come
  /// before the first vCPU, whose creation and destruction it makes several times faster.
  public func enableSplitIRQChip() throws(SystemCallError) {
    var capability = kvm_enable_cap()
    capability.cap = Capability.splitIRQChip.rawValue
    try descriptor.perform(.enableCapability, &capability)
  }

  /// KVM_SET_USER_MEMORY_REGION: `byteCount` bytes at `hostAddress` are the guest's physical
  /// memory from 0. The memory must stay mapped for as long as the machine lives.
  public func setMemory(hostAddress: UInt, byteCount: UInt64) throws(SystemCallError) {
    var region = kvm_userspace_memory_region()
    region.memory_size = byteCount
    region.userspace_addr = UInt64(hostAddress)
    try descriptor.perform(.setUserMemoryRegion, &region)
  }

  /// KVM_IOEVENTFD: a 32-bit write to `port` raises `event` and does not return to the tender.
  public func raise(
    _ event: borrowing EventDescriptor, atWritesTo port: UInt16
  ) throws(SystemCallError) {
    var entry = kvm_ioeventfd()
    entry.addr = UInt64(port)
    entry.len = 4
    entry.fd = event.number
    entry.flags = 1 << UInt32(kvm_ioeventfd_flag_nr_pio)
    try descriptor.perform(.setIOEventDescriptor, &entry)
  }

  /// KVM_CREATE_VCPU.
  public func makeVCPU() throws(SystemCallError) -> VCPU {
    let number = try descriptor.perform(.createVCPU)
    return try VCPU(Descriptor(owning: number), runMappingSize: runMappingSize)
  }
}
