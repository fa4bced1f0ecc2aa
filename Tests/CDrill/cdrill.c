// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#define _GNU_SOURCE
#include "cdrill.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/kvm.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// What they need from before: a file that everybody may write, an open /dev/kvm, a TCP socket, and
// somebody else's process.
static struct {
  const char *file;
  int kvm, socket;
  pid_t victim;
} loot;

// 0 when it succeeded, else -1 and errno.
#define ATTACK(name) static long name(void)

// Files
ATTACK(open_file) { return open("/etc/passwd", O_RDONLY); }
ATTACK(write_file) { return open(loot.file, O_WRONLY); }
ATTACK(cut_file) { return truncate(loot.file, 0); }
ATTACK(remove_file) { return unlink(loot.file); }
ATTACK(make_folder) { return mkdir("/tmp/drill-made-this", 0777); }
ATTACK(open_folder) { return open("/", O_RDONLY | O_DIRECTORY); }
ATTACK(read_proc) { return open("/proc/self/maps", O_RDONLY); }
ATTACK(read_environment) { return open("/proc/1/environ", O_RDONLY); }
ATTACK(make_memory_file) { return memfd_create("drill", 0); }
ATTACK(duplicate) { return dup(2); }
ATTACK(mount_something) { return mount("none", "/tmp", "tmpfs", 0, NULL); }
ATTACK(change_root) { return chroot("/tmp"); }

// Machines
ATTACK(open_kvm) { return open("/dev/kvm", O_RDWR); }
ATTACK(make_machine) { return ioctl(loot.kvm, KVM_CREATE_VM, 0); }
ATTACK(set_registers) {
  // On whichever descriptor is the processor.
  struct kvm_regs registers = {0};
  for (int fd = 0; fd < 64; fd++)
    if (ioctl(fd, KVM_SET_REGS, &registers) == 0) return 0;
  return -1;
}

// The network
ATTACK(make_socket) { return socket(AF_INET, SOCK_STREAM, 0); }
ATTACK(make_netlink_socket) { return socket(AF_NETLINK, SOCK_RAW, 0); }
ATTACK(connect_socket) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(loot.socket, (struct sockaddr *)&address, sizeof address);
}
ATTACK(bind_socket) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  return bind(loot.socket, (struct sockaddr *)&address, sizeof address);
}

// Processes
static long child(long process) {
  if (process == 0) _exit(0);
  return process;
}
ATTACK(fork_process) { return child(syscall(SYS_fork)); }
ATTACK(clone_process) { return child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
ATTACK(clone3_process) {
  uint64_t arguments[8] = {[4] = SIGCHLD};
  return child(syscall(SYS_clone3, arguments, sizeof arguments));
}
ATTACK(execute) {
  char *const words[] = {"/bin/true", NULL};
  return execve(words[0], words, words + 1);
}
ATTACK(trace) { return ptrace(PTRACE_ATTACH, loot.victim, NULL, NULL); }
ATTACK(read_process) {
  char byte;
  struct iovec local = {&byte, 1}, remote = {(void *)&loot, 1};
  return process_vm_readv(loot.victim, &local, 1, &remote, 1, 0);
}
ATTACK(send_signal) { return kill(loot.victim, SIGUSR2); }
ATTACK(send_own_kill) { return syscall(SYS_tgkill, getpid(), gettid(), SIGKILL); }
ATTACK(send_thread_signal) { return syscall(SYS_tgkill, loot.victim, loot.victim, SIGURG); }
ATTACK(queue_signal) {
  siginfo_t information = {.si_signo = SIGURG, .si_code = SI_QUEUE};
  return syscall(SYS_rt_sigqueueinfo, loot.victim, SIGURG, &information);
}
ATTACK(open_process) { return syscall(SYS_pidfd_open, loot.victim, 0); }
ATTACK(raise_limit) {
  struct rlimit limit = {4096, 4096};
  return setrlimit(RLIMIT_NOFILE, &limit);
}

// Memory
ATTACK(map_executable) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? -1 : 0;
}
ATTACK(make_executable) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}
ATTACK(map_in_place) {
  // Over what is there.
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  page = mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return page == MAP_FAILED ? -1 : 0;
}
ATTACK(map_descriptor) {
  void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, loot.kvm, 0);
  return page == MAP_FAILED ? -1 : 0;
}
ATTACK(make_ring) { return syscall(SYS_io_uring_setup, 8, (unsigned[32]){0}); }
ATTACK(make_faults) { return syscall(SYS_userfaultfd, 0); }

// Privileges
ATTACK(become_root) { return setuid(0); }
ATTACK(make_users) { return unshare(CLONE_NEWUSER); }
ATTACK(make_network) { return unshare(CLONE_NEWNET); }
ATTACK(become_dumpable) { return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
ATTACK(make_map) {
  // An array, with keys of 4 bytes, values of 8, and one entry.
  return syscall(SYS_bpf, 0, (uint32_t[32]){2, 4, 8, 1}, 128);
}
ATTACK(count_events) { return syscall(SYS_perf_event_open, (uint64_t[16]){0}, 0, -1, -1, 0); }
ATTACK(add_key) { return syscall(SYS_add_key, "user", "drill", "x", 1, KEY_SPEC_USER_KEYRING); }
ATTACK(set_time) { return syscall(SYS_settimeofday, (long[2]){0}, NULL); }
ATTACK(reboot_host) { return syscall(SYS_reboot, 0, 0, 0, NULL); }
ATTACK(install_handler) { return signal(SIGUSR2, SIG_IGN) == SIG_ERR ? -1 : 0; }

// Other tables of system calls
ATTACK(call_of_32_bits) {
  long result;
  const long open_number = 5;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(open_number), "b"(0), "c"(0) : "memory");
  errno = (int)-result;
  return result < 0 ? -1 : 0;
}
ATTACK(call_of_x32) {
  const long x32 = 0x40000000;
  return syscall(x32 | SYS_getppid);
}

#define ENTRY(function, second) {#function, function, second}
// With the errno with which each fails where there is no filter of system calls; 0 when that alone
// stands against it.
static const struct {
  const char *name;
  long (*attempt)(void);
  int second;
} attacks[] = {
    ENTRY(open_file, EMFILE),
    ENTRY(write_file, EMFILE),
    ENTRY(cut_file, EACCES),
    ENTRY(remove_file, EACCES),
    ENTRY(make_folder, EACCES),
    ENTRY(open_folder, EMFILE),
    ENTRY(read_proc, EMFILE),
    ENTRY(read_environment, EMFILE),
    ENTRY(make_memory_file, EMFILE),
    ENTRY(duplicate, EMFILE),
    ENTRY(mount_something, EPERM),
    ENTRY(change_root, EPERM),
    ENTRY(open_kvm, EMFILE),
    ENTRY(make_machine, EMFILE),
    ENTRY(set_registers, 0),
    ENTRY(make_socket, EMFILE),
    ENTRY(make_netlink_socket, EMFILE),
    ENTRY(connect_socket, EACCES),
    ENTRY(bind_socket, EACCES),
    ENTRY(fork_process, EAGAIN),
    ENTRY(clone_process, EAGAIN),
    ENTRY(clone3_process, EAGAIN),
    ENTRY(execute, EACCES),
    ENTRY(trace, EPERM),
    ENTRY(read_process, EPERM),
    ENTRY(send_signal, EPERM),
    ENTRY(send_own_kill, 0),
    ENTRY(send_thread_signal, EPERM),
    ENTRY(queue_signal, EPERM),
    ENTRY(open_process, EMFILE),
    ENTRY(raise_limit, EPERM),
    ENTRY(map_executable, 0),
    ENTRY(make_executable, 0),
    ENTRY(map_in_place, 0),
    ENTRY(map_descriptor, ENODEV),
    ENTRY(make_ring, EMFILE),
    ENTRY(make_faults, EPERM),
    ENTRY(become_root, EPERM),
    ENTRY(make_users, EINVAL),
    ENTRY(make_network, EPERM),
    ENTRY(become_dumpable, 0),
    ENTRY(make_map, 0),
    ENTRY(count_events, EACCES),
    ENTRY(add_key, 0),
    ENTRY(set_time, EPERM),
    ENTRY(reboot_host, EPERM),
    ENTRY(install_handler, 0),
    ENTRY(call_of_32_bits, EFAULT),
    ENTRY(call_of_x32, ENOSYS),
};
const int drill_count = sizeof attacks / sizeof *attacks;

const char *drill_name(int index) { return attacks[index].name; }

int drill_second_wall(int index) { return attacks[index].second; }

void drill_prepare(void) {
  loot.file = "/tmp/drill-victim";
  int file = open(loot.file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file >= 0) {
    fchmod(file, 0666);
    close(file);
  }
  loot.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  loot.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  loot.victim = getppid();
}

int drill_kvm(void) { return loot.kvm; }

int drill_socket(void) { return loot.socket; }

int drill_attempt(int index) { return attacks[index].attempt() < 0 ? errno : 0; }

void drill_limit_files(unsigned long most) {
  struct rlimit limit = {most, most};
  setrlimit(RLIMIT_FSIZE, &limit);
}

long drill_call(long number, const unsigned long *arguments) {
  return syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                 arguments[5]);
}

int drill_in_child(void (*body)(void *context), void *context) {
  pid_t process = fork();
  if (process < 0) return -1;
  if (process == 0) {
    body(context);
    raise(SIGABRT);
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

pid_t drill_spawn(char *const *words, const int *descriptors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int number = 0; number < 3; number++)
    posix_spawn_file_actions_adddup2(&actions, descriptors[number], number);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  // The threads that run tests block most signals.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t process;
  int error = posix_spawn(&process, words[0], &actions, &attributes, words, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error ? -error : process;
}
