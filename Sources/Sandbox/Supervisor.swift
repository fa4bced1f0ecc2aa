// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CSandbox
internal import Glibc

/// The parent of a process in a namespace of its own: it has nothing to do but to stand for it towards
/// those who know only the parent.
struct Supervisor {
  private let forwarded: [CInt]
  private var watched = sigset_t()
  private var previous = sigset_t()

  /// Blocks the signals, so that none is lost before there is a child.
  init(forwarding forwarded: [CInt]) {
    self.forwarded = forwarded
    unsafe sigemptyset(&watched)
    for number in forwarded + [SIGCHLD, SIGTSTP, SIGCONT] { unsafe sigaddset(&watched, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &watched, &previous)
  }

  /// Gives the child the mask that its parent had.
  func restoreSignals() {
    var previous = previous
    unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
  }

  /// Watches `child` to its end, and ends like it. The process becomes `account` if there is one.
  func watch(_ child: pid_t, as account: UserAccount?) -> Never {
    giveUpRights(account)
    var watched = watched
    while true {
      let number = unsafe sigwaitinfo(&watched, nil)
      switch number {
      case SIGCHLD: if let status = Self.status(of: child) { end(status) }
      case SIGTSTP:
        kill(child, SIGSTOP)
        raise(SIGSTOP)
      case let number where number > 0: kill(child, number)
      default: break
      }
    }
  }

  /// What the child holds is not to stay open, and locked, through its parent, which needs no more than
  /// to signal it. No guest can reach this process: what the kernel refuses it keeps.
  private func giveUpRights(_ account: UserAccount?) {
    _ = csandbox_close_range(0, UInt32(STDERR_FILENO - 1))
    _ = csandbox_close_range(UInt32(STDERR_FILENO + 1), .max)
    csandbox_clear_environment()
    _ = csandbox_empty_bounding_set()
    _ = csandbox_prctl(PR_SET_KEEPCAPS, 1, 0, 0, nil)
    if let account { _ = csandbox_become(account.user, account.group) }
    // Root keeps a capability; for others it is not to be had.
    if csandbox_set_capabilities(1 << UInt64(CSANDBOX_CAPABILITY_KILL)) < 0 {
      _ = csandbox_set_capabilities(0)
    }
    _ = csandbox_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, nil)
    _ = csandbox_prctl(PR_SET_DUMPABLE, 0, 0, 0, nil)
  }

  /// The status of `child` if it has ended, as `csandbox_wait` gives it.
  private static func status(of child: pid_t) -> CInt? {
    var status: CInt = 0
    guard unsafe waitpid(child, &status, WNOHANG) == child else { return nil }
    return csandbox_status(status)
  }

  private func end(_ status: CInt) -> Never {
    let firstSignal: CInt = 256
    if status < firstSignal { _exit(status) }
    // Our own core file would tell nothing.
    _ = csandbox_limit(CSANDBOX_LIMIT_CORE, 0)
    signal(status - firstSignal, SIG_DFL)
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_UNBLOCK, &all, nil)
    raise(status - firstSignal)
    _exit(128 + status - firstSignal)
  }
}
