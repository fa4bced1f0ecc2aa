// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CSandbox
internal import Glibc

/// What a sandbox needs a kernel for, and some kernels lack.
public enum KernelRule: Equatable, Sendable, CaseIterable {
  case systemCallFilters
  case landlock
  case keyrings
  case closeRange
  case namespaces
  case speculation
  case coreScheduling

  /// What was found of it.
  public struct Finding: Sendable {
    /// Whether the kernel has all of it.
    public let isComplete: Bool
    /// What it has.
    public let detail: String
  }

  /// What people call it.
  public var name: String {
    switch self {
    case .systemCallFilters: "seccomp filters"
    case .landlock: "Landlock \(CSANDBOX_LANDLOCK_VERSION)"
    case .keyrings: "keyrings"
    case .closeRange: "close_range"
    case .namespaces: "namespaces"
    case .speculation: "speculation controls"
    case .coreScheduling: "core scheduling"
    }
  }

  /// The version of Linux that has it, and how to get it.
  public var advice: String {
    switch self {
    case .systemCallFilters: "a kernel with CONFIG_SECCOMP_FILTER is needed (Linux 4.14)"
    case .landlock:
      "Linux 6.12 with CONFIG_SECURITY_LANDLOCK has all of it, with landlock among the modules of lsm="
    case .keyrings: "a kernel with CONFIG_KEYS has them; some containers forbid them"
    case .closeRange: "Linux 5.9 has it"
    case .namespaces:
      "a kernel with CONFIG_USER_NS is needed that permits user namespaces"
        + " (user.max_user_namespaces)"
    case .speculation: "the kernel was started with mitigations=off"
    case .coreScheduling: "a kernel with CONFIG_SCHED_CORE has it (Linux 5.14)"
    }
  }

  /// Asks the kernel.
  public var finding: Finding {
    switch self {
    case .systemCallFilters:
      var action = SCMP_ACT_KILL_PROCESS
      let isPresent = unsafe csandbox_has_action(&action) == 0
      return Finding(isComplete: isPresent, detail: isPresent ? "present" : "missing")
    case .landlock:
      let version = csandbox_landlock_version()
      return Finding(
        isComplete: version >= CSANDBOX_LANDLOCK_VERSION,
        detail: version == 0 ? "missing" : "version \(version)")
    case .keyrings: return Finding(csandbox_has_keyrings())
    case .closeRange: return Finding(csandbox_close_range(.max, .max) == 0)
    case .namespaces:
      let flags = getuid() == 0 ? CSANDBOX_NEW_PROCESSES : CSANDBOX_NEW_USER
      return Finding(csandbox_can_unshare(flags | CSANDBOX_NEW_USER | CSANDBOX_NEW_REST))
    case .speculation: return SpeculationControl.finding
    case .coreScheduling: return CoreScheduling.finding
    }
  }
}

extension KernelRule.Finding {
  fileprivate init(_ isPresent: Bool) {
    self.init(isComplete: isPresent, detail: isPresent ? "present" : "missing")
  }
}
