// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc
internal import GuestMemory
internal import KVM
internal import Sandbox
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
    checkSandbox()
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
          else: "a kernel of version 4.17 or later is needed")
      }
      try checkSpeed(kvm)
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

  private mutating func checkSpeed(_ kvm: borrowing KVMSystem) throws(SystemCallError) {
    let user = try SpeedProbe(.user).picosecondsPerInstruction(kvm)
    note(
      "speed at CPL 3", Self.isNative(user), "\(Self.inThousands(user)) ns an instruction",
      else: "this KVM emulates even unprivileged code: guests run, but slowly")
    let kernel = try SpeedProbe(.kernel).picosecondsPerInstruction(kvm)
    // No guest runs there unless it is asked for, so it is no fault of the host.
    note(
      "speed at CPL 0", true,
      "\(Self.inThousands(kernel)) ns an instruction"
        + (Self.isNative(kernel) ? "" : " (emulated; guests run at CPL 3)"), else: "")
    let emulation = try SpeedProbe(.emulation).picosecondsPerInstruction(kvm)
    note(
      "Solo5 guests", true,
      "run at CPL 3; each of their few privileged instructions takes"
        + " \(Self.inThousands(emulation / 1000)) us", else: "")
  }

  private static func isNative(_ picoseconds: UInt64) -> Bool { picoseconds < 50_000 }

  /// A thousandth of `value`, with one decimal.
  private static func inThousands(_ value: UInt64) -> String {
    "\(value / 1000).\(value % 1000 / 100)"
  }

  /// Whether this host's KVM emulates CPL 0: slowly, and perhaps without SSE. False where there is no
  /// KVM to ask. Takes some milliseconds.
  public static func emulatesKernelLevel() -> Bool {
    guard let kvm = try? KVMSystem(),
      let time = try? SpeedProbe(.kernel).picosecondsPerInstruction(kvm)
    else { return false }
    return !isNative(time)
  }

  private mutating func checkInstructionSets() {
    let entry = CPUIDEntry(reading: 7, subleaf: 0)
    let avx2: UInt32 = 1 << 5
    let isPresent = entry.ebx & avx2 != 0
    note(
      "instruction sets", isPresent, isPresent ? "x86-64-v3 (AVX2)" : "no AVX2",
      else: "guests built for x86-64-v3, as Swiftlet's are, need a processor with AVX2")
  }

  /// What a machine's sandbox asks of the kernel. Without core scheduling it is whole: that is for hosts
  /// that give the halves of a core to different owners.
  private mutating func checkSandbox() {
    for rule in KernelRule.allCases {
      let finding = rule.finding
      note(
        "sandbox: \(rule.name)", finding.isComplete || rule == .coreScheduling, finding.detail,
        else: rule.advice)
    }
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
