// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// novdso COMMAND [ARGUMENT...]: runs a command without the vDSO, as on hosts whose clock it cannot
// read: the C library then makes system calls instead.
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what) {
  fprintf(stderr, "novdso: %s: %s\n", what, strerror(errno));
  return 2;
}

// Passes over the words behind `address` up to a zero, and returns what follows it.
static uint64_t behind_zero(pid_t process, uint64_t address) {
  while (ptrace(PTRACE_PEEKDATA, process, address, 0) != 0) address += 8;
  return address + 8;
}

// In the process, which is at its first instruction: the stack holds the count of the arguments,
// those, the environment and the auxiliary vector.
static int remove_vdso(pid_t process) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, process, 0, &registers) < 0) return -1;
  uint64_t entry = behind_zero(process, behind_zero(process, registers.rsp + 8));
  for (; ptrace(PTRACE_PEEKDATA, process, entry, 0) != AT_SYSINFO_EHDR; entry += 16)
    if (ptrace(PTRACE_PEEKDATA, process, entry, 0) == AT_NULL) return -1;
  return (int)ptrace(PTRACE_POKEDATA, process, entry, AT_IGNORE);
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  pid_t process = fork();
  if (process < 0) return fail("fork");
  if (process == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0) execv(arguments[1], arguments + 1);
    _exit(fail(arguments[1]));
  }
  int status;
  if (waitpid(process, &status, 0) < 0 || !WIFSTOPPED(status)) return fail("exec");
  if (remove_vdso(process) < 0) return fail("auxiliary vector");
  if (ptrace(PTRACE_DETACH, process, 0, 0) < 0) return fail("PTRACE_DETACH");
  if (waitpid(process, &status, 0) < 0) return fail("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
