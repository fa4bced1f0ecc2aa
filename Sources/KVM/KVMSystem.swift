// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
public import SystemCalls

/// /dev/kvm: what the host offers, and where virtual machines come from.
public struct KVMSystem: ~Copyable, Sendable {
  /// The only version of the API that was ever stable (KVM API, 4.1).
  public static let supportedAPIVersion: CInt = 12

  private let descriptor: Descriptor

  /// Opens `path`.
  public init(path: String = "/dev/kvm") throws(SystemCallError) {
    descriptor = try Descriptor(opening: path, flags: O_RDWR)
  }

  /// KVM_GET_API_VERSION.
  public func apiVersion() throws(SystemCallError) -> CInt {
    try descriptor.perform(.getAPIVersion)
  }

  /// KVM_CHECK_EXTENSION: 0 when the host lacks `capability`, else a positive number.
  public func value(of capability: Capability) throws(SystemCallError) -> CInt {
    try descriptor.perform(.checkExtension, UInt(capability.rawValue))
  }

  /// KVM_CREATE_VM.
  public func makeVirtualMachine() throws(SystemCallError) -> VirtualMachine {
    let number = try descriptor.perform(.createVM)
    let size = try descriptor.perform(.getVCPUMappingSize)
    return VirtualMachine(Descriptor(owning: number), runMappingSize: Int(size))
  }

  /// KVM_GET_SUPPORTED_CPUID. Costs a trap for each leaf on a host that is itself a guest.
  public func supportedCPUID() throws(SystemCallError) -> [CPUIDEntry] {
    let empty = kvm_cpuid_entry2()
    var entries = [kvm_cpuid_entry2](repeating: empty, count: Int(CLINUX_SUPPORTED_CPUID_MAX))
    let count = unsafe clinux_supported_cpuid(descriptor.number, &entries)
    guard count >= 0 else { throw SystemCallError("KVM_GET_SUPPORTED_CPUID", on: "/dev/kvm") }
    return entries.prefix(Int(count)).map(CPUIDEntry.init)
  }
}

/// An optional part of KVM that the tender asks for (KVM API, section 4.4).
public enum Capability: UInt32, Sendable, CaseIterable {
  case userMemory = 3
  case extendedCPUID = 7
  case extendedControlRegisters = 56
  case getTSCFrequency = 61
  case synchronizedRegisters = 74
  case splitIRQChip = 121
  case immediateExit = 136

  /// The C name.
  public var name: String {
    switch self {
    case .userMemory: "KVM_CAP_USER_MEMORY"
    case .extendedCPUID: "KVM_CAP_EXT_CPUID"
    case .extendedControlRegisters: "KVM_CAP_XCRS"
    case .getTSCFrequency: "KVM_CAP_GET_TSC_KHZ"
    case .synchronizedRegisters: "KVM_CAP_SYNC_REGS"
    case .splitIRQChip: "KVM_CAP_SPLIT_IRQCHIP"
    case .immediateExit: "KVM_CAP_IMMEDIATE_EXIT"
    }
  }
}
