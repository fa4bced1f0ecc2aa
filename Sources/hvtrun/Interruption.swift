// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import Synchronization
internal import SystemCalls
internal import Tender

/// SIGINT and SIGTERM: the first ends the machine, a second one the process at once.
final class Interruption: Sendable {
  private let received = Atomic<CInt>(0)

  /// The signal that came first; 0 before one came.
  var signal: CInt { received.load(ordering: .acquiring) }

  /// Handles the signals from now on, on a thread of its own.
  init(stopping machine: Machine) throws(SystemCallError) {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    try startThread { [self, signals] in
      received.store(Self.next(of: signals), ordering: .releasing)
      machine.stop()
      _exit(128 + Self.next(of: signals))
    }
  }

  private static func next(of signals: sigset_t) -> CInt {
    var signals = signals
    var number: CInt = 0
    // Fails only for a wrong set, which this is not.
    unsafe sigwait(&signals, &number)
    return number
  }
}
