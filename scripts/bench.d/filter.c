// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Runs a command behind a filter of system calls that permits everything: what the kernel takes for
// having a filter at all.
//
//   filter COMMAND [ARGUMENT...]
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: filter COMMAND [ARGUMENT...]\n");
    return 2;
  }
  struct sock_filter permit = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {1, &permit};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
    execvp(arguments[1], arguments + 1);
  fprintf(stderr, "filter: %s: %s\n", arguments[1], strerror(errno));
  return 1;
}
