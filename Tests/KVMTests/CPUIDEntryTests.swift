// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import Testing

@testable import KVM

@Suite struct CPUIDEntryTests {
  @Test(
    arguments: [
      CPUIDEntry(leaf: 0),
      CPUIDEntry(leaf: 1, eax: 1, ebx: 2, ecx: 3, edx: 4),
      CPUIDEntry(leaf: 7, subleaf: 0, ebx: .max),
      CPUIDEntry(leaf: 0xd, subleaf: 2, eax: 256, ebx: 576, edx: .max),
      CPUIDEntry(leaf: 0x8000_0008, eax: .max),
    ])
  func entryComesBackFromItsStructure(entry: CPUIDEntry) {
    #expect(CPUIDEntry(entry.structure) == entry)
  }

  @Test func structureHasTheFieldsOfTheEntry() {
    let structure = CPUIDEntry(leaf: 0xd, subleaf: 2, eax: 1, ebx: 2, ecx: 3, edx: 4).structure
    #expect(structure.function == 0xd)
    #expect(structure.index == 2)
    #expect(structure.flags == 1)  // KVM_CPUID_FLAG_SIGNIFCANT_INDEX
    #expect([structure.eax, structure.ebx, structure.ecx, structure.edx] == [1, 2, 3, 4])
  }

  @Test func indexIsInsignificantWithoutASubleaf() {
    #expect(CPUIDEntry(leaf: 1).structure.flags == 0)
    #expect(CPUIDEntry(leaf: 1).structure.index == 0)
    #expect(CPUIDEntry(leaf: 7, subleaf: 0).structure.flags == 1)
  }

  @Test func thisProcessorIsRead() {
    let vendor = CPUIDEntry(reading: 0)
    #expect(vendor.leaf == 0 && vendor.subleaf == nil)
    #expect(vendor.eax >= 1)
    let features = CPUIDEntry(reading: 1)
    #expect(features.edx >> 26 & 1 == 1, "x86-64 has SSE2")
    let structured = CPUIDEntry(reading: 7, subleaf: 0)
    #expect(structured.leaf == 7 && structured.subleaf == 0)
  }
}
