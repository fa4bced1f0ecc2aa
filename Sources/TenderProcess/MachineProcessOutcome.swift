// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import SystemCalls

/// How the run of a machine in a process of its own ended.
public enum MachineProcessOutcome: Equatable, Sendable {
  /// The guest halted with `status`; 255 means that it aborted. `cookie` is the 512 bytes that it
  /// left, if it left any.
  case exited(status: Int32, cookie: [UInt8]?)
  /// The guest did what it must not: in one line, and as a report with names and registers.
  case faulted(String, report: String)
  /// `stop()` or a signal ended it.
  case stopped
  /// Its time limit ended it.
  case timedOut
}

/// Why a machine could not be run in a process of its own, or not to an end. The guest is not at fault.
public enum MachineProcessError: Error, Sendable {
  /// There is no hvtrun where it was looked for.
  case notFound(tried: String)
  /// The name of an interface or path of an image that hvtrun's command line cannot express.
  case name(String)
  /// The host refused a system call, or the console's one.
  case systemCall(SystemCallError)
  /// hvtrun says why it could not run the machine.
  case failed(String)
  /// A signal ended hvtrun; `messages` is what it wrote to standard error.
  case killed(signal: CInt, messages: String)
  /// hvtrun ended without a result.
  case noResult(status: CInt, messages: String)
}

extension MachineProcessError: CustomStringConvertible {
  /// One line that names what failed and the value at fault.
  public var description: String {
    switch self {
    case .notFound(let path): "\(path): no hvtrun there"
    case .name(let name): "'\(name)': not a name that can stand in an option of hvtrun"
    case .systemCall(let error): error.description
    case .failed(let message): message
    case .killed(let signal, let messages):
      "hvtrun: ended by signal \(signal)" + Self.tail(messages)
    case .noResult(let status, let messages):
      "hvtrun: ended with status \(status) and no result" + Self.tail(messages)
    }
  }

  private static func tail(_ messages: String) -> String {
    let line = messages.split(separator: "\n").last
    return line.map { ": \($0)" } ?? ""
  }
}
