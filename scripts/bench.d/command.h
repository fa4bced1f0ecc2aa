// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// A command that is measured: it is started, and ends with who measures it.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void die(const char *what, const char *why) {
  fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
  exit(1);
}

// Returns once the command has said something.
static pid_t start(char **command) {
  int ends[2];
  if (pipe(ends) < 0) die("pipe", strerror(errno));
  pid_t child = fork();
  if (child < 0) die("fork", strerror(errno));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    execvp(command[0], command);
    die(command[0], strerror(errno));
  }
  close(ends[1]);
  char byte;
  if (read(ends[0], &byte, 1) != 1) die(command[0], "ended before it said anything");
  return child;
}
