// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CSandbox
internal import Glibc

/// Every system call that a thread can make once it is confined, and why. Whatever is not here ends
/// the process.
///
/// Descriptors are those that `DescriptorAccess` lists for the thread: an entry for descriptors of
/// which a thread has none gives it nothing.
package enum SystemCallTable {
  private static let everyone: ThreadRoles = [.machine, .queues, .capture, .signals]
  private static let servers: ThreadRoles = [.machine, .queues, .capture]

  package static let permissions: [Permission] = guest + devices + waiting + memory + threads + end

  // MARK: - The guest

  private static let guest: [Permission] = [
    Permission(
      "ioctl", SYS_ioctl, .machine,
      [.descriptor(\.processors), .word(1, UInt64(CSANDBOX_KVM_RUN)), .word(2, 0)],
      "KVM_RUN of the own processor: the guest, and its registers with it")
  ]

  // MARK: - Devices

  private static let devices: [Permission] = [
    Permission(
      "read", SYS_read, servers, [.descriptor(\.streams)], "frames by hypercalls; events lowered"),
    Permission(
      "readv", SYS_readv, [.machine, .queues], [.descriptor(\.streams)],
      "frames through queues, into several buffers"),
    Permission(
      "write", SYS_write, everyone,
      [.descriptor { $0.outputs + $0.captures + $0.streams }],
      "the console, reports, captures; frames by hypercalls; events raised"),
    Permission(
      "writev", SYS_writev, [.machine, .queues], [.descriptor(\.streams)],
      "frames through queues, from several buffers"),
    Permission(
      "pread", SYS_pread64, [.machine, .queues], [.descriptor { $0.disks + $0.images }],
      "sectors; the image's symbols for the report of a fault"),
    Permission(
      "pwrite", SYS_pwrite64, [.machine, .queues], [.descriptor(\.disks)], "a guest's sectors"),
    Permission(
      "fdatasync", SYS_fdatasync, [.machine, .queues], [.descriptor(\.disks)],
      "a guest's flush where there is no io_uring"),
    Permission(
      "fallocate", SYS_fallocate, [.machine, .queues], [.descriptor(\.disks)],
      "a guest's discard where there is no io_uring"),
    Permission(
      "io_uring_enter", SYS_io_uring_enter, [.machine, .queues], [.descriptor(\.rings)],
      "requests to a disk; the ring itself takes no others"),
    Permission(
      "io_uring_register", SYS_io_uring_register, [.machine, .queues],
      [.descriptor(\.rings), .equal(1, UInt32(IORING_UNREGISTER_FILES))],
      "lets go of the disk's lock at the end"),
    Permission(
      "ftruncate", SYS_ftruncate, servers, [.descriptor(\.captures)],
      "a capture on a full disk ends with a whole block"),
  ]

  // MARK: - Waiting

  private static let waiting: [Permission] = [
    Permission(
      "ppoll", SYS_ppoll, servers, [.word(3, 0)],
      "waits for devices, events and the stop signal; no mask of signals"),
    Permission(
      "clock_gettime", SYS_clock_gettime, servers, [.without(0, bits: ~3)],
      "time where it cannot be read without the kernel, and that on processors, for its quota"),
    Permission(
      "timer_settime", SYS_timer_settime, .machine, [.word(1, 0)],
      "when the guest has used up its quota, or what it has asked for may pass"),
    Permission(
      "timer_delete", SYS_timer_delete, .machine, [], "the timers of limits go with the machine"),
    futex("FUTEX_WAIT_PRIVATE", 0x80, "waits for the allocator's and the runtime's locks"),
    futex("FUTEX_WAKE_PRIVATE", 0x81, "releases them"),
    futex("FUTEX_LOCK_PI_PRIVATE", 0x86, "waits for a Mutex of Swift's"),
    futex("FUTEX_UNLOCK_PI_PRIVATE", 0x87, "releases one that somebody waits for"),
    Permission(
      "futex FUTEX_WAIT_BITSET", SYS_futex, [.machine, .queues, .capture], [.equal(1, 0x109)],
      "joins a thread that has not ended yet"),
  ]

  private static func futex(
    _ name: String, _ operation: UInt32, _ reason: StaticString
  ) -> Permission {
    Permission("futex \(name)", SYS_futex, everyone, [.equal(1, operation)], reason)
  }

  // MARK: - Memory

  private static let memory: [Permission] = [
    Permission("brk", SYS_brk, everyone, [], "small memory"),
    Permission(
      "mmap", SYS_mmap, everyone,
      [
        .without(2, bits: UInt32(PROT_EXEC)), .equal(3, UInt32(MAP_PRIVATE | MAP_ANONYMOUS)),
        .equal(4, .max),
      ],
      "large memory: anonymous, never of a file, never to execute"),
    Permission(
      "munmap", SYS_munmap, everyone, [], "large memory, the guest's, and rings, given back"),
  ]

  // MARK: - Threads and signals

  private static let threads: [Permission] = [
    Permission("gettid", SYS_gettid, everyone, [], "the owner of a lock; a signal to itself"),
    Permission("getpid", SYS_getpid, [.machine, .queues], [], "a signal to the own process"),
    Permission(
      "tgkill", SYS_tgkill, [.machine, .queues], [.ownProcess(0), .equal(2, UInt32(SIGURG))],
      "ends the guest's run: from the handlers of SIGINT and SIGTERM, and when queues fail"),
    Permission(
      "rt_sigprocmask", SYS_rt_sigprocmask, [.machine, .queues], [],
      "the machine's thread gets its old mask back; a signal to a thread is sent undisturbed"),
    Permission(
      "rt_sigtimedwait", SYS_rt_sigtimedwait, [.machine, .signals], [],
      "waits for SIGUSR1; takes the stop signal away at the end"),
    Permission("rt_sigreturn", SYS_rt_sigreturn, .machine, [], "the end of a signal's handler"),
    Permission(
      "madvise", SYS_madvise, [.queues, .capture], [.equal(2, UInt32(MADV_DONTNEED))],
      "a thread that ends gives its stack back"),
    Permission("exit", SYS_exit, [.queues, .capture], [], "the end of a thread"),
  ]

  // MARK: - The end

  private static let end: [Permission] = [
    Permission(
      "close", SYS_close, servers, [.descriptor(\.all)], "what a machine had goes with it"),
    Permission("exit_group", SYS_exit_group, .machine, [], "the end of the process"),
  ]
}
