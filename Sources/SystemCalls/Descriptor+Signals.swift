// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux
internal import Glibc

extension Descriptor {
  /// Has this process get `signal` when something happens to the pipe or socket that this is the writing
  /// end of (F_SETOWN, F_SETSIG, O_ASYNC): above all when nobody can read it any more, also when that is
  /// so already.
  public func sendWhenUnread(_ signal: CInt) {
    // It does not matter where this is not possible: nobody reads a file.
    _ = clinux_signal_on_event(number, signal)
    var poll = pollfd(fd: number, events: 0, revents: 0)
    if unsafe Glibc.poll(&poll, 1, 0) > 0 { kill(getpid(), signal) }
  }

  /// Whether this is a terminal (isatty(3)).
  public static func isTerminal(_ number: CInt) -> Bool { isatty(number) == 1 }
}
