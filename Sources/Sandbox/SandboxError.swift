// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import SystemCalls

/// Why a process could not be walled in. It is then not to run what it was to be safe from.
public enum SandboxError: Error, Equatable, Sendable {
  /// The kernel refused a step.
  case step(SystemCallError)
  /// The process has other threads, which would not be walled in.
  case notAlone
  /// Strict needs what the kernel lacks.
  case lacking([KernelRule])
  /// There is no control group of version 2 at this path.
  case noControlGroup(String)
  /// Strict needs a process that `Sandbox.goOnInChild` has started.
  case noChild
}

extension SandboxError: CustomStringConvertible {
  /// One line that names what failed.
  public var description: String {
    switch self {
    case .step(let error): error.description
    case .notAlone: "sandbox: the process has other threads, which would be left out"
    case .lacking(let rules):
      "sandbox: strict needs what this kernel lacks: "
        + rules.map(\.name).joined(separator: ", ")
    case .noControlGroup(let path): "\(path): not a control group of version 2"
    case .noChild: "sandbox: strict needs a process of its own namespace"
    }
  }
}

/// The error of `call`, a step into the sandbox, from the thread's current errno.
func failure(_ call: StaticString) -> SandboxError { .step(SystemCallError(call, on: "sandbox")) }
