// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CSandbox
internal import Glibc

/// PR_SET_SPECULATION_CTRL: what a processor may guess while it runs this process.
enum SpeculationControl: CaseIterable {
  case storeBypass
  case indirectBranch

  private var number: UInt {
    switch self {
    case .storeBypass: UInt(PR_SPEC_STORE_BYPASS)
    case .indirectBranch: UInt(PR_SPEC_INDIRECT_BRANCH)
    }
  }

  /// PR_SPEC_*; 0 where the processor is not affected, or nobody knows.
  private var state: UInt {
    UInt(max(0, csandbox_prctl(PR_GET_SPECULATION_CTRL, number, 0, 0, nil)))
  }

  /// Whether the kernel lets a process choose.
  private var isOurs: Bool { state & UInt(PR_SPEC_PRCTL) != 0 }

  /// Whether the processor guesses, and nobody can forbid it.
  private var isOpen: Bool { state & UInt(PR_SPEC_ENABLE) != 0 && !isOurs }

  /// Forbids the guessing for good where the processor is affected and the kernel lets us.
  func disable() {
    guard isOurs else { return }
    _ = csandbox_prctl(PR_SET_SPECULATION_CTRL, number, UInt(PR_SPEC_FORCE_DISABLE), 0, nil)
  }

  static var finding: KernelRule.Finding {
    let isOpen = allCases.contains(where: \.isOpen)
    return KernelRule.Finding(isComplete: !isOpen, detail: isOpen ? "switched off" : "present")
  }
}

/// PR_SCHED_CORE: nobody else's threads on the other half of a processor core.
enum CoreScheduling {
  static var finding: KernelRule.Finding {
    var cookie: UInt64 = 0
    let thread: UInt = 0
    let result = unsafe withUnsafePointer(to: &cookie) { pointer in
      unsafe csandbox_prctl(PR_SCHED_CORE, UInt(PR_SCHED_CORE_GET), 0, thread, pointer)
    }
    if result == 0 { return KernelRule.Finding(isComplete: true, detail: "present") }
    return errno == ENODEV
      ? KernelRule.Finding(isComplete: true, detail: "not needed: no core runs two threads")
      : KernelRule.Finding(
        isComplete: false, detail: "missing, which matters where a core runs two threads")
  }

  /// Shares a core with nobody but this process from now on, where the kernel has that.
  static func enter() {
    let wholeProcess: UInt = 1
    _ = csandbox_prctl(PR_SCHED_CORE, UInt(PR_SCHED_CORE_CREATE), 0, wholeProcess, nil)
  }
}
