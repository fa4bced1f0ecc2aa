// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import KVM

/// What CPUID tells the guest: the instruction sets that work at CPL 3 in the state that the vCPU is
/// given, as far as the host has them, and nothing else. No virtualization, no system features, no
/// register state beyond AVX.
///
/// The host's processor is asked directly, with five CPUID instructions: KVM_GET_SUPPORTED_CPUID
/// asks for every leaf, each of which traps where the host is itself a guest.
struct ProcessorFeatures {
  let entries: [CPUIDEntry]
  /// The type of the TSS that TR must hold.
  let taskStateType: UInt8

  /// Bits that pass, by leaf and register (SDM vol. 2A, "CPUID"; APM vol. 3, appendix E).
  private enum Allowed {
    // SSE3, PCLMULQDQ, SSSE3, FMA, CX16, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, XSAVE, AVX, F16C,
    // RDRAND, hypervisor
    static let leaf1ECX = bits(0, 1, 9, 12, 13, 19, 20, 22, 23, 25, 26, 28, 29, 30, 31)
    // FPU, TSC, PAE, CX8, CMOV, CLFSH, MMX, FXSR, SSE, SSE2
    static let leaf1EDX = bits(0, 4, 6, 8, 15, 19, 23, 24, 25, 26)
    // FSGSBASE, BMI1, AVX2, BMI2, ERMS, RDSEED, ADX, CLFLUSHOPT, CLWB, SHA
    static let leaf7EBX = bits(0, 3, 5, 8, 9, 18, 19, 23, 24, 29)
    // GFNI, VAES, VPCLMULQDQ
    static let leaf7ECX = bits(8, 9, 10)
    // FSRM
    static let leaf7EDX = bits(4)
    // LAHF, ABM, SSE4A, PREFETCHW
    static let extendedECX = bits(0, 5, 6, 8)
    // NX, LM
    static let extendedEDX = bits(20, 29)

    private static func bits(_ positions: UInt32...) -> UInt32 {
      positions.reduce(0) { $0 | 1 << $1 }
    }
  }

  private static let hypervisorBit: UInt32 = 1 << 31

  /// Asks this host's processor.
  init() {
    let vendor = CPUIDEntry(reading: 0)
    let basic = CPUIDEntry(reading: 1)
    let structured = CPUIDEntry(reading: 7, subleaf: 0)
    let extended = CPUIDEntry(reading: 0x8000_0001)
    let addresses = CPUIDEntry(reading: 0x8000_0008)

    let xsaveSize: UInt32 = 832  // legacy area, header and AVX state
    entries = [
      CPUIDEntry(leaf: 0, eax: 0xd, ebx: vendor.ebx, ecx: vendor.ecx, edx: vendor.edx),
      CPUIDEntry(
        leaf: 1, eax: basic.eax, ebx: basic.ebx & 0xff00,
        ecx: basic.ecx & Allowed.leaf1ECX | Self.hypervisorBit, edx: basic.edx & Allowed.leaf1EDX),
      CPUIDEntry(
        leaf: 7, subleaf: 0, ebx: structured.ebx & Allowed.leaf7EBX,
        ecx: structured.ecx & Allowed.leaf7ECX, edx: structured.edx & Allowed.leaf7EDX),
      CPUIDEntry(
        leaf: 0xd, subleaf: 0, eax: UInt32(ProcessorState.xcr0), ebx: xsaveSize, ecx: xsaveSize),
      CPUIDEntry(leaf: 0xd, subleaf: 1),
      CPUIDEntry(leaf: 0xd, subleaf: 2, eax: 256, ebx: 576),
      CPUIDEntry(
        leaf: 0x8000_0000, eax: 0x8000_0008, ebx: vendor.ebx, ecx: vendor.ecx, edx: vendor.edx),
      CPUIDEntry(
        leaf: 0x8000_0001, ecx: extended.ecx & Allowed.extendedECX,
        edx: extended.edx & Allowed.extendedEDX),
      CPUIDEntry(leaf: 0x8000_0008, eax: addresses.eax & 0xffff),
    ]
    let isVirtual = basic.ecx & Self.hypervisorBit != 0
    taskStateType = isVirtual && Self.isEmulatedSVM ? 9 : DescriptorTables.busyTaskState
  }

  /// Whether the host is a guest of QEMU's TCG. Its emulation of SVM looks the I/O bitmap up only
  /// in a TSS of type 9, "available", where hardware requires 11, "busy".
  private static var isEmulatedSVM: Bool {
    let hypervisor = CPUIDEntry(reading: 0x4000_0000)
    let tcg: UInt32 = 0x5447_4354  // "TCGTCGTCGTCG" in EBX, ECX and EDX
    return hypervisor.ebx == tcg
  }
}
