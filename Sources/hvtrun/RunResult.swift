// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import GuestImage
internal import JSON
internal import SystemCalls
internal import Tender

/// Where `--result-fd` has the result of the run written, for the program that started hvtrun.
///
/// When nobody can read it any more, because that program is gone, the guest is stopped as by SIGTERM.
final class RunResult {
  private let descriptor: Descriptor

  /// Writes to the open descriptor `number`.
  init(_ number: CInt) throws(SystemCallError) {
    descriptor = try Descriptor(duplicating: number)
  }

  /// The descriptor, which stays open behind the walls of a sandbox.
  var number: CInt { descriptor.number }

  /// Has the process get `signal` when the other end of the pipe is closed, also when it is already.
  func sendWhenUnread(_ signal: CInt) {
    descriptor.sendWhenUnread(signal)
  }

  /// Writes how the run ended, and what it did.
  func write(_ outcome: MachineOutcome, of image: Image, _ statistics: MachineStatistics) {
    var members: [(name: String, value: JSON)]
    switch outcome {
    case .exited(let status, let cookie):
      members = [("outcome", .string("exited")), ("status", .integer(Int64(status)))]
      if let cookie { members.append(("cookie", .array(cookie.map { .number(UInt64($0)) }))) }
    case .faulted(let fault):
      members = [
        ("outcome", .string("faulted")), ("fault", .string("\(fault.cause)")),
        ("report", .string("\(FaultReport(fault, in: image, withRegisters: true))")),
      ]
    case .stopped: members = [("outcome", .string("stopped"))]
    case .timedOut: members = [("outcome", .string("timedOut"))]
    }
    write(members + [("statistics", statistics.json)])
  }

  /// Writes why there was no run, or no end of it.
  func write(_ failure: any Error) {
    write([("outcome", .string("failed")), ("message", .string("\(failure)"))])
  }

  private func write(_ members: [(name: String, value: JSON)]) {
    // What happens to the other end from now on is nobody's business, nor whether there still is one.
    var ignored = sigset_t()
    unsafe sigemptyset(&ignored)
    for signal in [SIGPIPE, SIGTERM] { unsafe sigaddset(&ignored, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &ignored, nil)
    let bytes = Array((JSON.object(members).line + "\n").utf8)
    var done = 0
    while done < bytes.count {
      // SAFETY: integers have no padding.
      let rest = unsafe bytes.span.bytes.extracting(done...)
      // There is nobody to tell if this fails.
      guard let count = try? descriptor.write(rest) else { return }
      done += count
    }
  }
}
