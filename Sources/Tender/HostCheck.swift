// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import GuestMemory
internal import KVM
internal import SystemCalls
internal import SystemPackage

/// What this host has of what machines need.
public struct HostCheck: Sendable {
  /// One finding.
  public struct Finding: Sendable {
    /// What was looked at.
    public let subject: String
    /// Whether machines run with it as it is.
    public let isFine: Bool
    /// What was found.
    public let detail: String
    /// What to do when it is not fine.
    public let advice: String?
  }

  /// What was found, in the order of the checks.
  public private(set) var findings: [Finding] = []

  /// Whether machines can run here.
  public var isFine: Bool { findings.allSatisfy(\.isFine) }

  /// Looks at this host. Takes some tens of milliseconds, most of them for the speed at CPL 0.
  public init() {
    checkKVM()
    checkInstructionSets()
    checkTun()
  }

  private mutating func note(
    _ subject: String, _ isFine: Bool, _ detail: String, else advice: String
  ) {
    findings.append(
      Finding(subject: subject, isFine: isFine, detail: detail, advice: isFine ? nil : advice))
  }

  private mutating func checkKVM() {
    do throws(SystemCallError) {
      let kvm = try KVMSystem()
      note("/dev/kvm", true, "can be opened", else: "")
      let version = try kvm.apiVersion()
      note(
        "KVM API", version == KVMSystem.supportedAPIVersion, "version \(version)",
        else: "a kernel with version \(KVMSystem.supportedAPIVersion) is needed (Linux 2.6.22)")
      for capability in Capability.allCases {
        let value = try kvm.value(of: capability)
        note(
          capability.name, value > 0, value > 0 ? "present" : "missing",
          else: "a kernel of version 4.12 or later is needed")
      }
      for level: ProcessorState.Level in [.user, .kernel] { try checkSpeed(kvm, level) }
    } catch {
      note("/dev/kvm", false, error.description, else: Self.advice(for: error))
    }
  }

  private static func advice(for error: SystemCallError) -> String {
    switch error.errno {
    case .noSuchFileOrDirectory:
      "load the module kvm_intel or kvm_amd; enable virtualization in the firmware, or nested"
        + " virtualization if this host is itself a virtual machine"
    case .permissionDenied, .notPermitted:
      "add the user to the group that owns /dev/kvm, often kvm, and log in again"
    default: "look at the kernel's log (dmesg) for messages of kvm"
    }
  }

  private mutating func checkSpeed(
    _ kvm: borrowing KVMSystem, _ level: ProcessorState.Level
  ) throws(SystemCallError) {
    let picoseconds = try SpeedProbe(level).picosecondsPerInstruction(kvm)
    let isNative = picoseconds < 50_000
    let figure = "\(picoseconds / 1000).\(picoseconds % 1000 / 100) ns an instruction"
    switch level {
    case .user:
      note(
        "speed at CPL 3", isNative, figure,
        else: "this KVM emulates even unprivileged code: guests run, but slowly")
    case .kernel:
      // Native guests do not run there, so it is no fault of the host.
      note(
        "speed at CPL 0", true,
        figure + (isNative ? "" : " (emulated; native guests run at CPL 3)"), else: "")
    }
  }

  private mutating func checkInstructionSets() {
    let entry = CPUIDEntry(reading: 7, subleaf: 0)
    let avx2: UInt32 = 1 << 5
    let isPresent = entry.ebx & avx2 != 0
    note(
      "instruction sets", isPresent, isPresent ? "x86-64-v3 (AVX2)" : "no AVX2",
      else: "guests built for x86-64-v3, as Swiftlet's are, need a processor with AVX2")
  }

  private mutating func checkTun() {
    do throws(SystemCallError) {
      _ = try Descriptor(opening: "/dev/net/tun", flags: O_RDWR)
      note("/dev/net/tun", true, "can be opened", else: "")
    } catch {
      note(
        "/dev/net/tun", false, error.description,
        else: error.errno == .noSuchFileOrDirectory
          ? "load the module tun; only guests with net devices need it"
          : "ask for access to it; only guests with net devices need it")
    }
  }
}
