// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CDrill
import Foundation
import Testing

/// A process that the tests started, as Foundation's of the same name.
///
/// That one takes a process that closes the descriptors that it inherited, as hvtrun does, for one that
/// has ended, and waits for it with its only thread; meanwhile it sees no other process end.
final class Process: @unchecked Sendable {
  enum TerminationReason {
    case exit
    case uncaughtSignal
  }

  var executableURL: URL?
  var arguments: [String] = []
  /// A `Pipe` or a `FileHandle`; nil for our own.
  var standardInput: Any?
  var standardOutput: Any?
  var standardError: Any?
  private(set) var processIdentifier: Int32 = 0
  private var status: Int32?

  /// Starts it, with its standard descriptors alone.
  func run() throws {
    let descriptors = [
      Self.descriptor(of: standardInput, isInput: true) ?? STDIN_FILENO,
      Self.descriptor(of: standardOutput, isInput: false) ?? STDOUT_FILENO,
      Self.descriptor(of: standardError, isInput: false) ?? STDERR_FILENO,
    ]
    let words = [executableURL?.path ?? ""] + arguments
    let copies = unsafe words.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    // SAFETY: the copies are strings, and a null pointer follows them.
    processIdentifier = unsafe drill_spawn(copies + [nil], descriptors)
    try #require(processIdentifier > 0, "\(words) could not be started: \(-processIdentifier)")
    // The other ends are the process's alone, so that their end is seen here.
    try (standardInput as? Pipe)?.fileHandleForReading.close()
    try (standardOutput as? Pipe)?.fileHandleForWriting.close()
    try (standardError as? Pipe)?.fileHandleForWriting.close()
  }

  private static func descriptor(of stream: Any?, isInput: Bool) -> Int32? {
    switch stream {
    case let pipe as Pipe:
      (isInput ? pipe.fileHandleForReading : pipe.fileHandleForWriting).fileDescriptor
    case let handle as FileHandle: handle.fileDescriptor
    default: nil
    }
  }

  var isRunning: Bool { !collect(WNOHANG) }

  func waitUntilExit() { _ = collect(0) }

  func terminate() { kill(processIdentifier, SIGTERM) }

  /// Whether it has ended.
  private func collect(_ options: Int32) -> Bool {
    if status != nil { return true }
    var status: Int32 = 0
    while true {
      let result = unsafe waitpid(processIdentifier, &status, options)
      if result == processIdentifier {
        self.status = status
        return true
      }
      if result == 0 || errno != EINTR { return false }
    }
  }

  /// How it ended; only then to be asked.
  var terminationReason: TerminationReason {
    signalNumber == 0 ? .exit : .uncaughtSignal
  }

  /// Its exit status, or the number of the signal that ended it.
  var terminationStatus: Int32 {
    signalNumber == 0 ? (status ?? 0) >> 8 & 0xff : signalNumber
  }

  private var signalNumber: Int32 { (status ?? 0) & 0x7f }
}
