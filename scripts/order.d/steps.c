// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Which functions a command runs, in the order in which it runs each first: single-steps it, and
// the processes that it forks, and prints the symbols of every address that one of them comes to.
//
//   steps SYMBOLS COMMAND [ARGUMENT...]
//
// SYMBOLS is a file as `nm -n --defined-only` writes it. The command is a static executable at
// fixed addresses.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_SYMBOLS = 1 << 18, NAME_SIZE = 4096 };

static struct symbol {
  unsigned long address;
  char *name;
} symbols[MAX_SYMBOLS];
static char was_run[MAX_SYMBOLS];
static size_t symbol_count;

static void die(const char *what, const char *why) {
  fprintf(stderr, "steps: %s: %s\n", what, why);
  exit(1);
}

static void read_symbols(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) die(path, strerror(errno));
  unsigned long address;
  char type, name[NAME_SIZE];
  while (fscanf(file, "%lx %c %4095[^\n]\n", &address, &type, name) == 3) {
    if (!strchr("tTwWi", type)) continue;
    if (symbol_count == MAX_SYMBOLS) die(path, "too many symbols");
    symbols[symbol_count++] = (struct symbol){address, strdup(name)};
  }
  if (!feof(file)) die(path, "not a list of symbols");
  fclose(file);
}

// The first symbol of those that are the last before `address`, or at it.
static size_t find(unsigned long address) {
  size_t low = 0, high = symbol_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (symbols[middle].address <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return symbol_count;
  size_t found = low - 1;
  while (found > 0 && symbols[found - 1].address == symbols[found].address) found--;
  return found;
}

static void visit(unsigned long address) {
  size_t first = find(address);
  // Behind the last symbol are libraries of the kernel's.
  if (first == symbol_count || address >= symbols[symbol_count - 1].address || was_run[first])
    return;
  was_run[first] = 1;
  for (size_t next = first; symbols[next].address == symbols[first].address; next++)
    puts(symbols[next].name);
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: steps SYMBOLS COMMAND [ARGUMENT...]\n");
    return 2;
  }
  read_symbols(arguments[1]);
  pid_t command = fork();
  if (command < 0) die("fork", strerror(errno));
  if (command == 0) {
    // What the command writes is not in the way of what we do.
    dup2(STDERR_FILENO, STDOUT_FILENO);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(arguments[2], arguments + 2);
    die(arguments[2], strerror(errno));
  }
  int status, result = 1, is_new = 1;
  for (pid_t process; (process = waitpid(-1, &status, __WALL)) > 0;) {
    if (!WIFSTOPPED(status)) {
      if (process == command) result = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
      continue;
    }
    if (is_new)
      ptrace(PTRACE_SETOPTIONS, process, 0, PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL);
    is_new = 0;
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, process, 0, &registers) == 0) visit(registers.rip);
    int signal = WSTOPSIG(status);
    if (signal == SIGTRAP || signal == SIGSTOP) signal = 0;
    ptrace(PTRACE_SINGLESTEP, process, 0, signal);
  }
  if (result) die(arguments[2], "it failed");
  return 0;
}
