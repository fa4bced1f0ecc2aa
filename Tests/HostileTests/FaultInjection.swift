// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import Testing

/// Runs of the command in which strace has one system call fail.
struct FaultInjection {
  /// One call to fail: the one of that name with this number in its thread, with this error.
  struct Fault: CustomStringConvertible {
    var call: String
    var number: Int
    var error: String

    var description: String { "\(call) \(number) \(error)" }
  }

  /// What a run left.
  struct End: Equatable {
    var status: Int32
    var output: String
    var errors: String
    /// Whether the call was made at all; what the guest's luck decides is not in every run.
    var wasInjected = false
  }

  /// The words before hvtrun, and its own.
  let prefix: [String]
  let arguments: [String]
  private let log: ScratchFile
  private let command: String

  /// Errors that a call of a name can have; any other call has `usual`.
  private static let errors: [String: [String]] = [
    "openat": ["EMFILE", "EACCES", "ENOMEM", "EINTR"], "mmap": ["ENOMEM"], "clone3": ["EAGAIN"],
    "ppoll": ["ENOMEM", "EINTR"], "munmap": ["EINVAL"],
    "read": ["EIO", "EINTR"], "pread64": ["EIO", "EINTR"], "close": ["EIO", "EINTR"],
    "readv": ["EIO", "EINTR", "EAGAIN"], "writev": ["EIO", "EINTR", "EAGAIN"],
    "write": ["EIO", "ENOSPC", "EINTR"],
  ]
  private static let usual = ["ENOMEM", "EIO", "EMFILE", "EINTR"]
  /// The C library's own business: it ends the process when they fail, or crashes, and they do not.
  private static let left: Set = ["brk", "exit", "exit_group", "futex"]
  /// What hvtrun says of a run without a sandbox.
  private static let notice = "hvtrun: --sandbox off: hvtrun keeps all its rights\n"

  init(_ arguments: [String], behind prefix: [String] = []) throws {
    self.arguments = arguments
    self.prefix = prefix
    log = try ScratchFile([])
    command = try MeasuredRun.command().path
  }

  private func run(_ words: [String]) throws -> End {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // What hangs is killed with all that it started.
    process.arguments = ["timeout", "-s", "KILL", "15"] + prefix + words + [command] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let messages = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status = process.terminationStatus
    return End(
      status: process.terminationReason == .exit ? status : 128 + status,
      // Figures of speed differ.
      output: String(decoding: text, as: UTF8.self).filter { !$0.isNumber },
      errors: String(decoding: messages, as: UTF8.self).replacing(Self.notice, with: ""))
  }

  /// A run without a fault.
  func run() throws -> End { try run([]) }

  /// A run in which `fault` happens.
  func run(_ fault: Fault) throws -> End {
    let injection = "inject=\(fault.call):error=\(fault.error):when=\(fault.number)"
    var end = try run([
      "strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=\(fault.call)", "-e", injection, "-o",
      log.path,
    ])
    end.wasInjected = try text().contains("(INJECTED)")
    return end
  }

  private func text() throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: log.path)), as: UTF8.self)
  }

  /// Every call of a run, from the first of hvtrun's own on, with every error; but none that a thread
  /// makes behind a filter of system calls: strace has a call fail by giving it a number that is none,
  /// which ends whoever is there.
  func faults() throws -> [Fault] {
    _ = try run(["strace", "-f", "-qq", "-o", log.path])
    var (counts, before): ([String: Int], [String: Int]) = ([:], [:])
    var (main, hasBegun): (Substring?, Bool) = (nil, false)
    var faults: [Fault] = []
    var (seen, filtered, isFiltered): (Set<String>, Set<String>, Bool) = ([], [], false)
    for line in try text().split(separator: "\n") {
      // The thread's number, then `call(...`; other lines go on with a call or are of signals.
      let thread = line.prefix { $0.isNumber }
      let call = String(line.dropFirst(thread.count).drop { $0 == " " }.prefix { $0 != "(" })
      guard !call.isEmpty, call.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
      else { continue }
      isFiltered = isFiltered || line.contains("SECCOMP_SET_MODE_FILTER")
      main = main ?? thread
      let number = counts["\(thread) \(call)", default: 0] + 1
      counts["\(thread) \(call)"] = number
      if isFiltered { filtered.insert("\(call) \(number)") }
      // What the C library and Swift's do before `main` is not ours to answer for.
      hasBegun = hasBegun || line.contains("F_GETFD")
      if !hasBegun, thread == main { before[call] = number }
      // strace counts by thread: a number must not be that of an earlier call of the first thread.
      guard hasBegun, number > before[call] ?? 0, !Self.left.contains(call),
        seen.insert("\(call) \(number)").inserted
      else { continue }
      for error in Self.errors[call] ?? Self.usual {
        faults.append(Fault(call: call, number: number, error: error))
      }
    }
    return faults.filter { !filtered.contains("\($0.call) \($0.number)") }
  }
}
