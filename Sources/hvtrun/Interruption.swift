// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CommandLineOptions
internal import Glibc
internal import Synchronization
internal import Tender

/// SIGINT and SIGTERM: the first ends the machine of this thread, which alone takes them; a second one the process
/// at once.
///
/// Signal handlers rather than a thread that waits for the signals: a thread adds an eighth to the time
/// that the whole run of a small guest takes.
enum Interruption {
  private static let received = Atomic<CInt>(0)

  /// Whether a second signal ends the process with the status of solo5-hvt's form.
  private static let isInSolo5Form = Atomic<Bool>(false)

  /// SIG_IGN, whose macro does not come into Swift.
  private static let ignore = 1

  /// The signal that came first; 0 before one came.
  static var signal: CInt { received.load(ordering: .acquiring) }

  /// Handles the signals from now on, except those that our parent wants ignored.
  static func install(_ form: Command.Form) {
    // Both before a handler can run, so that it finds them initialized.
    _ = signal
    isInSolo5Form.store(form == .solo5, ordering: .releasing)
    // What the handler raises before the machine runs waits for it.
    var raised = sigset_t()
    unsafe sigemptyset(&raised)
    unsafe sigaddset(&raised, Machine.stopSignalNumber)
    unsafe pthread_sigmask(SIG_BLOCK, &raised, nil)
    var handled = sigset_t()
    unsafe sigemptyset(&handled)
    for number in [SIGINT, SIGTERM] {
      var previous = sigaction()
      unsafe sigaction(number, nil, &previous)
      let handler = unsafe unsafeBitCast(previous.__sigaction_handler.sa_handler, to: Int.self)
      if handler == ignore { continue }
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = handle
      unsafe sigaction(number, &action, nil)
      unsafe sigaddset(&handled, number)
    }
    // A parent's thread that blocks signals passes that on.
    unsafe pthread_sigmask(SIG_UNBLOCK, &handled, nil)
  }

  /// In a child of the process that was interrupted, whose pending signals it did not inherit.
  static func renew() {
    if signal != 0 { raise(Machine.stopSignalNumber) }
  }

  /// Calls only functions that are async-signal-safe (signal-safety(7)).
  private static let handle: @convention(c) (CInt) -> Void = { number in
    if received.exchange(number, ordering: .acquiringAndReleasing) != 0 {
      let form: Command.Form = isInSolo5Form.load(ordering: .acquiring) ? .solo5 : .own
      _exit(form.status(ofSignal: number))
    }
    raise(Machine.stopSignalNumber)
  }
}
