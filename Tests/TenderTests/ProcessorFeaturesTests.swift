// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import KVM
import Testing

@testable import Tender

@Suite struct ProcessorFeaturesTests {
  /// A register of a leaf.
  struct Register: CustomTestStringConvertible, Sendable {
    let leaf: UInt32
    let subleaf: UInt32?
    let name: String
    let value: @Sendable (CPUIDEntry) -> UInt32

    var testDescription: String { "\(String(leaf, radix: 16)).\(name)" }

    static let features = [
      Register(leaf: 1, subleaf: nil, name: "ECX") { $0.ecx },
      Register(leaf: 1, subleaf: nil, name: "EDX") { $0.edx },
      Register(leaf: 7, subleaf: 0, name: "EBX") { $0.ebx },
      Register(leaf: 7, subleaf: 0, name: "ECX") { $0.ecx },
      Register(leaf: 7, subleaf: 0, name: "EDX") { $0.edx },
      Register(leaf: 0x8000_0001, subleaf: nil, name: "ECX") { $0.ecx },
      Register(leaf: 0x8000_0001, subleaf: nil, name: "EDX") { $0.edx },
    ]

    /// What `entries` say of it; 0 where they do not have the leaf.
    func value(in entries: [CPUIDEntry]) -> UInt32 {
      let entry = entries.first { $0.leaf == leaf && ($0.subleaf ?? 0) == (subleaf ?? 0) }
      return entry.map(value) ?? 0
    }
  }

  /// Bits that must not pass (SDM vol. 2A, "CPUID"; APM vol. 3, appendix E), by leaf and register.
  private static let withheld: [(leaf: UInt32, name: String, bits: [String: UInt32])] = [
    (
      1, "ECX",
      [
        "MONITOR": 3, "VMX": 5, "SMX": 6, "EIST": 7, "PDCM": 15, "PCID": 17, "DCA": 18,
        "x2APIC": 21, "TSC-deadline": 24, "OSXSAVE": 27,
      ]
    ),
    (
      1, "EDX",
      [
        "VME": 1, "PSE": 3, "MSR": 5, "MCE": 7, "APIC": 9, "SEP": 11, "MTRR": 12, "PGE": 13,
        "MCA": 14, "PAT": 16, "DS": 21, "ACPI": 22, "HTT": 28, "TM": 29,
      ]
    ),
    (
      7, "EBX",
      [
        "SGX": 2, "HLE": 4, "SMEP": 7, "INVPCID": 10, "RTM": 11, "MPX": 14, "AVX512F": 16,
        "AVX512DQ": 17, "SMAP": 20, "AVX512IFMA": 21, "Processor trace": 25, "AVX512PF": 26,
        "AVX512ER": 27, "AVX512CD": 28, "AVX512BW": 30, "AVX512VL": 31,
      ]
    ),
    (
      7, "ECX",
      [
        "AVX512_VBMI": 1, "UMIP": 2, "PKU": 3, "OSPKE": 4, "WAITPKG": 5, "AVX512_VBMI2": 6,
        "CET_SS": 7, "AVX512_VNNI": 11, "AVX512_BITALG": 12, "AVX512_VPOPCNTDQ": 14, "LA57": 16,
        "RDPID": 22, "ENQCMD": 29, "PKS": 31,
      ]
    ),
    (
      7, "EDX",
      [
        "AVX512_4VNNIW": 2, "AVX512_4FMAPS": 3, "UINTR": 5, "AVX512_VP2INTERSECT": 8,
        "CET_IBT": 20, "AMX-BF16": 22, "AVX512_FP16": 23, "AMX-TILE": 24, "AMX-INT8": 25,
        "IBRS": 26, "ARCH_CAPABILITIES": 29,
      ]
    ),
    (
      0x8000_0001, "ECX",
      ["SVM": 2, "IBS": 10, "XOP": 11, "SKINIT": 12, "FMA4": 16, "PerfCtrExt": 23, "MONITORX": 29]
    ),
    (0x8000_0001, "EDX", ["SYSCALL": 11, "FFXSR": 25, "1 GiB pages": 26, "RDTSCP": 27]),
  ]

  /// Bit 31 of leaf 1's ECX says that there is a hypervisor, which is the tender's own to say.
  private static func passed(_ register: Register) -> UInt32 {
    let isHypervisors = register.leaf == 1 && register.name == "ECX"
    return register.value(in: ProcessorFeatures().entries) & ~(isHypervisors ? 1 << 31 : 0)
  }

  @Test(arguments: Register.features)
  func everyBitIsOneThatTheProcessorHas(register: Register) {
    let present = register.value(in: [CPUIDEntry(reading: register.leaf, subleaf: register.subleaf)]
    )
    let extra = Self.passed(register) & ~present
    #expect(extra == 0, "\(String(extra, radix: 2))")
  }

  /// A KVM that runs guests without the processor's virtualization (kvm_pvm) lists only what it can
  /// emulate itself, not even SSE3, while CPL 3 has all of the processor. What counts there is what
  /// the processor has.
  @Test(arguments: Register.features)
  func everyBitIsOneThatKVMSupports(register: Register) throws {
    let supported = try openKVM().supportedCPUID()
    let isComplete = Register.features[0].value(in: supported) & 1 == 1
    let extra = Self.passed(register) & ~register.value(in: supported)
    #expect(extra == 0 || !isComplete, "\(String(extra, radix: 2))")
  }

  @Test(arguments: Register.features)
  func nothingPassesThatTheStateDoesNotSupport(register: Register) throws {
    let withheld = try #require(
      Self.withheld.first { $0.leaf == register.leaf && $0.name == register.name })
    let passed = register.value(in: ProcessorFeatures().entries)
    for (name, bit) in withheld.bits { #expect(passed >> bit & 1 == 0, "\(name)") }
  }

  @Test func whatGuestsAreBuiltForPasses() {
    let entries = ProcessorFeatures().entries
    func has(_ index: Int, _ bits: [UInt32]) -> Bool {
      bits.allSatisfy { Register.features[index].value(in: entries) >> $0 & 1 == 1 }
    }
    // x86-64-v3: SSE3, SSSE3, FMA, CX16, SSE4.1, SSE4.2, MOVBE, POPCNT, XSAVE, AVX, F16C.
    #expect(has(0, [0, 9, 12, 13, 19, 20, 22, 23, 26, 28, 29]))
    #expect(has(1, [0, 4, 8, 15, 23, 24, 25, 26]), "FPU, TSC, CX8, CMOV, MMX, FXSR, SSE, SSE2")
    #expect(has(2, [0, 3, 5, 8]), "FSGSBASE, BMI1, AVX2, BMI2")
    #expect(has(5, [0, 5]), "LAHF, LZCNT")
    #expect(has(6, [20, 29]), "NX, LM")
    #expect(has(0, [31]), "a hypervisor")
  }

  @Test func leavesAreTheseAndNoOthers() {
    let leaves = ProcessorFeatures().entries.map {
      "\(String($0.leaf, radix: 16)).\($0.subleaf ?? 0)"
    }
    #expect(
      leaves == [
        "0.0", "1.0", "7.0", "d.0", "d.1", "d.2", "80000000.0", "80000001.0", "80000008.0",
      ])
  }

  @Test func highestLeavesAreTold() {
    let entries = ProcessorFeatures().entries
    #expect(entries.first { $0.leaf == 0 }?.eax == 0xd)
    #expect(entries.first { $0.leaf == 0x8000_0000 }?.eax == 0x8000_0008)
    #expect(entries.first { $0.leaf == 7 }?.eax == 0, "leaf 7 has no further subleaf")
  }

  /// The XSAVE area in its standard form (SDM vol. 1, section 13.4).
  @Test func saveAreaIsThatOfTheEnabledState() throws {
    let entries = ProcessorFeatures().entries.filter { $0.leaf == 0xd }
    let area = try #require(entries.first { $0.subleaf == 0 })
    #expect(UInt64(area.eax) == ProcessorState.xcr0 && area.edx == 0)
    #expect(area.ebx == 512 + 64 + 256 && area.ecx == area.ebx)
    let vectors = try #require(entries.first { $0.subleaf == 2 })
    #expect(vectors.eax == 256 && vectors.ebx == 512 + 64)
    let extensions = try #require(entries.first { $0.subleaf == 1 })
    #expect(extensions == CPUIDEntry(leaf: 0xd, subleaf: 1))
  }

  @Test func thisHostTakesTheTable() throws {
    let vcpu = try openKVM().makeVirtualMachine().makeVCPU()
    try vcpu.setCPUID(ProcessorFeatures().entries)
  }

  @Test func taskStateTypeIsBusyButOnOneEmulator() {
    #expect([9, DescriptorTables.busyTaskState].contains(ProcessorFeatures().taskStateType))
  }
}
