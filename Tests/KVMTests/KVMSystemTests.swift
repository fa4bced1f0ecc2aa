// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import SystemCalls
import Testing

@testable import KVM

@Suite struct KVMSystemTests {
  @Test func missingDeviceIsNamed() {
    let error = #expect(throws: SystemCallError.self) {
      _ = try KVMSystem(path: "/nonexistent/kvm")
    }
    #expect(error?.description == "/nonexistent/kvm: open: No such file or directory")
  }

  @Test func directoryIsNoDevice() {
    let error = #expect(throws: SystemCallError.self) { _ = try KVMSystem(path: "/dev") }
    #expect(error?.description == "/dev: open: Is a directory")
  }

  @Test func otherDeviceRefusesRequests() throws {
    let other = try KVMSystem(path: "/dev/null")
    let version = #expect(throws: SystemCallError.self) { _ = try other.apiVersion() }
    #expect(version?.description == "/dev/kvm: KVM_GET_API_VERSION: Inappropriate ioctl for device")
    let machine = #expect(throws: SystemCallError.self) { _ = try other.makeVirtualMachine() }
    #expect(machine?.call.description == "KVM_CREATE_VM")
    let features = #expect(throws: SystemCallError.self) { _ = try other.supportedCPUID() }
    #expect(features?.call.description == "KVM_GET_SUPPORTED_CPUID")
  }

  @Test func versionIsTheOneThatEverWas() throws {
    #expect(try openKVM().apiVersion() == KVMSystem.supportedAPIVersion)
  }

  @Test(arguments: Capability.allCases)
  func hostHasWhatMachinesNeed(capability: Capability) throws {
    #expect(try openKVM().value(of: capability) > 0, "\(capability.name)")
  }

  @Test(
    arguments: zip(
      Capability.allCases,
      [
        KVM_CAP_USER_MEMORY, KVM_CAP_EXT_CPUID, KVM_CAP_XCRS, KVM_CAP_GET_TSC_KHZ,
        KVM_CAP_SYNC_REGS, KVM_CAP_SPLIT_IRQCHIP, KVM_CAP_IMMEDIATE_EXIT,
      ]))
  func capabilityHasTheKernelsNumber(capability: Capability, number: CInt) {
    #expect(CInt(capability.rawValue) == number)
  }

  @Test func supportedLeavesAreListed() throws {
    let leaves = try openKVM().supportedCPUID().map(\.leaf)
    for leaf: UInt32 in [0, 1, 7, 0xd, 0x8000_0000, 0x8000_0001] {
      #expect(leaves.contains(leaf))
    }
  }
}
