// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Where the time from execve to the guest's first instruction goes: runs a command many times,
// stopped by ptrace at its opens, its KVM ioctls, the larger steps of its sandbox
// and its exit alone (a seccomp filter picks them),
// and prints one line per step, fields separated by tabs: name, median microseconds from execve to
// its begin, median microseconds from there to the next step. A stop itself costs about 20 of them.
//
//   stages RUNS COMMAND [ARGUMENT...]
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_STEPS = 128, MAX_RUNS = 1000, NAME_SIZE = 64 };

static char names[MAX_STEPS][NAME_SIZE];
static double times[MAX_STEPS][MAX_RUNS];

#define REQUEST(name) {name, #name}
static const struct {
  unsigned long number;
  const char *name;
} requests[] = {
    REQUEST(KVM_GET_API_VERSION),       REQUEST(KVM_CREATE_VM),
    REQUEST(KVM_CHECK_EXTENSION),       REQUEST(KVM_GET_VCPU_MMAP_SIZE),
    REQUEST(KVM_GET_SUPPORTED_CPUID),   REQUEST(KVM_ENABLE_CAP),
    REQUEST(KVM_CREATE_VCPU),           REQUEST(KVM_SET_USER_MEMORY_REGION),
    REQUEST(KVM_SET_CPUID2),            REQUEST(KVM_GET_SREGS),
    REQUEST(KVM_SET_SREGS),             REQUEST(KVM_SET_XCRS),
    REQUEST(KVM_SET_REGS),              REQUEST(KVM_SET_MSRS),
    REQUEST(KVM_GET_TSC_KHZ),           REQUEST(KVM_SET_SIGNAL_MASK),
    REQUEST(KVM_SET_GUEST_DEBUG),       REQUEST(KVM_IOEVENTFD),
    REQUEST(KVM_SET_TSS_ADDR),          REQUEST(KVM_SET_IDENTITY_MAP_ADDR),
    REQUEST(KVM_CREATE_IRQCHIP),        REQUEST(KVM_SET_FPU),
};

// System calls that hvtrun makes for its sandbox alone.
static const struct {
  unsigned long number;
  const char *name;
} walls[] = {
    {SYS_unshare, "sandbox: unshare"},
    {SYS_close_range, "sandbox: close_range"},
    {SYS_keyctl, "sandbox: keyctl"},
    {SYS_setgroups, "sandbox: setgroups, setresuid, capset"},
    {SYS_landlock_restrict_self, "sandbox: landlock_restrict_self"},
};

static void die(const char *what) {
  fprintf(stderr, "stages: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

// In the child: asks to be traced at the system calls of interest, then becomes the command.
static void become(char **command) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 10, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 9, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 8, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_keyctl, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setgroups, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_restrict_self, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
  int null = open("/dev/null", O_RDWR);
  if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0) die("/dev/null");
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) die("PTRACE_TRACEME");
  raise(SIGSTOP);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) die("PR_SET_NO_NEW_PRIVS");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) die("PR_SET_SECCOMP");
  execv(command[0], command);
  die(command[0]);
}

// Names the system call that the child is about to make; NULL when it is of no interest.
static const char *describe(pid_t child, int *ran) {
  static char text[NAME_SIZE];
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, child, NULL, &regs) < 0) die("PTRACE_GETREGS");
  if (regs.orig_rax == SYS_exit_group) return "exit";
  for (size_t index = 0; index < sizeof walls / sizeof *walls; index++)
    if (walls[index].number == regs.orig_rax) return walls[index].name;
  // libseccomp asks what there is, with other operations and without a filter.
  if (regs.orig_rax == SYS_seccomp)
    return regs.rdi == SECCOMP_SET_MODE_FILTER && regs.rdx ? "sandbox: seccomp" : NULL;
  if (regs.orig_rax == SYS_ioctl) {
    if (regs.rsi == KVM_RUN) return *ran ? NULL : (*ran = 1, "first KVM_RUN");
    for (size_t index = 0; index < sizeof requests / sizeof *requests; index++)
      if (requests[index].number == regs.rsi) return requests[index].name;
    snprintf(text, sizeof text, "ioctl %#llx", regs.rsi);
    return text;
  }
  char path[NAME_SIZE - 8] = "";
  unsigned long long address = regs.orig_rax == SYS_open ? regs.rdi : regs.rsi;
  struct iovec local = {path, sizeof path - 1}, remote = {(void *)address, sizeof path - 1};
  if (process_vm_readv(child, &local, 1, &remote, 1, 0) < 0) path[0] = 0;
  snprintf(text, sizeof text, "open %s", path);
  return text;
}

static size_t note(size_t step, const char *name, size_t run, double time) {
  if (step == MAX_STEPS) return step;
  if (run == 0) snprintf(names[step], NAME_SIZE, "%s", name);
  times[step][run] = time;
  return step + 1;
}

// Returns the number of steps.
static size_t trace(char **command, size_t run) {
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) become(command);
  int status, ran = 0, executed = 0;
  size_t step = 0;
  if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) die("waitpid");
  long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE |
                 PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SETOPTIONS, child, NULL, options) < 0) die("PTRACE_SETOPTIONS");
  if (ptrace(PTRACE_CONT, child, NULL, NULL) < 0) die("PTRACE_CONT");
  double began = now();
  for (;;) {
    pid_t thread = waitpid(-1, &status, __WALL);
    double at = now() - began;
    if (thread < 0) die("waitpid");
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (thread != child) continue;
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "stages: %s failed\n", command[0]);
        exit(1);
      }
      return note(step, "gone", run, at);
    }
    int event = status >> 16, signal = 0;
    if (event == PTRACE_EVENT_EXEC) {
      executed = 1;
      step = note(step, "execve done", run, at);
    } else if (event == PTRACE_EVENT_SECCOMP) {
      const char *name = executed ? describe(thread, &ran) : NULL;
      if (name) step = note(step, name, run, at);
    } else if (event == 0 && WSTOPSIG(status) != SIGSTOP) {
      signal = WSTOPSIG(status);
    }
    if (ptrace(PTRACE_CONT, thread, NULL, (long)signal) < 0 && errno != ESRCH) die("PTRACE_CONT");
  }
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

int main(int count, char **arguments) {
  size_t runs = count > 2 ? strtoul(arguments[1], NULL, 10) : 0;
  if (runs < 1 || runs > MAX_RUNS) {
    fprintf(stderr, "usage: stages RUNS COMMAND [ARGUMENT...], at most %d runs\n", MAX_RUNS);
    return 2;
  }
  size_t steps = 0;
  for (size_t run = 0; run < runs; run++) {
    size_t taken = trace(arguments + 2, run);
    if (run > 0 && taken != steps) {
      fprintf(stderr, "stages: run %zu took %zu steps, the first %zu\n", run, taken, steps);
      return 1;
    }
    steps = taken;
  }
  static double values[MAX_RUNS];
  for (size_t step = 0; step < steps; step++)
    for (size_t pass = 0; pass < 2; pass++) {
      for (size_t run = 0; run < runs; run++) {
        double begin = times[step][run];
        double next = step + 1 < steps ? times[step + 1][run] : begin;
        values[run] = pass ? next - begin : begin;
      }
      qsort(values, runs, sizeof(double), compare);
      if (pass == 0) printf("%s\t%.0f", names[step], values[runs / 2]);
      else printf("\t%.0f\n", values[runs / 2]);
    }
  return 0;
}
