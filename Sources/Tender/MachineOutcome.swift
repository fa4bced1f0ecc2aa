// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import Sandbox
public import SystemCalls

/// How a machine's run ended.
public enum MachineOutcome: Equatable, Sendable {
  /// The guest halted with `status`; 255 means that it aborted. `cookie` is the 512 bytes that it
  /// left, if it left any.
  case exited(status: Int32, cookie: [UInt8]?)
  /// The guest did what it must not.
  case faulted(GuestFault)
  /// `stop()` ended it.
  case stopped
  /// The time limit of its configuration ended it.
  case timedOut
}

/// Why a machine could not be run, or not further. The guest is not at fault.
public enum MachineError: Error, Sendable {
  /// The configuration is wrong.
  case configuration(ConfigurationError)
  /// The host refused a system call.
  case systemCall(SystemCallError)
  /// The process could not be walled in.
  case sandbox(SandboxError)
  /// /dev/kvm speaks another version of the API.
  case kvmVersion(CInt)
}

extension MachineError: CustomStringConvertible {
  /// One line that names what failed and the value at fault.
  public var description: String {
    switch self {
    case .configuration(let error): error.description
    case .systemCall(let error): error.description
    case .sandbox(let error): error.description
    case .kvmVersion(let version): "/dev/kvm: API version \(version) is not 12"
    }
  }
}
