// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux

/// One leaf of what the CPUID instruction reports (SDM vol. 2A, "CPUID").
public struct CPUIDEntry: Equatable, Sendable {
  /// The value of EAX that selects this entry.
  public var leaf: UInt32
  /// The value of ECX that selects this entry; nil where the leaf does not look at ECX.
  public var subleaf: UInt32?
  /// What the instruction leaves in EAX.
  public var eax: UInt32
  /// What the instruction leaves in EBX.
  public var ebx: UInt32
  /// What the instruction leaves in ECX.
  public var ecx: UInt32
  /// What the instruction leaves in EDX.
  public var edx: UInt32

  /// An entry with the given registers.
  public init(
    leaf: UInt32, subleaf: UInt32? = nil, eax: UInt32 = 0, ebx: UInt32 = 0, ecx: UInt32 = 0,
    edx: UInt32 = 0
  ) {
    self.leaf = leaf
    self.subleaf = subleaf
    self.eax = eax
    self.ebx = ebx
    self.ecx = ecx
    self.edx = edx
  }

  /// What this thread's processor reports. A trap of some microseconds where the host is a guest.
  public init(reading leaf: UInt32, subleaf: UInt32? = nil) {
    var structure = kvm_cpuid_entry2()
    unsafe clinux_cpuid(leaf, subleaf ?? 0, &structure)
    structure.function = leaf
    structure.index = subleaf ?? 0
    structure.flags = subleaf == nil ? 0 : Self.significantIndex
    self.init(structure)
  }

  /// KVM_CPUID_FLAG_SIGNIFCANT_INDEX.
  private static let significantIndex: UInt32 = 1

  init(_ structure: kvm_cpuid_entry2) {
    leaf = structure.function
    subleaf = structure.flags & Self.significantIndex == 0 ? nil : structure.index
    eax = structure.eax
    ebx = structure.ebx
    ecx = structure.ecx
    edx = structure.edx
  }

  var structure: kvm_cpuid_entry2 {
    var structure = kvm_cpuid_entry2()
    structure.function = leaf
    structure.index = subleaf ?? 0
    structure.flags = subleaf == nil ? 0 : Self.significantIndex
    structure.eax = eax
    structure.ebx = ebx
    structure.ecx = ecx
    structure.edx = edx
    return structure
  }
}
