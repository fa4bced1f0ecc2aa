// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Times commands side by side: one run of each in turn, many rounds, so that what disturbs the
// machine disturbs all of them. Prints one line per command, fields separated by tabs:
// name, median, 10th percentile, minimum, median peak RSS in KiB.
//
//   timeit wall ROUNDS NAME=COMMAND...     microseconds from spawn to exit
//   timeit output ROUNDS NAME=COMMAND...   the number that ends the command's standard output
//
// A COMMAND is split at spaces. One that fails ends the measurement.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_WORDS = 64, MAX_ROUNDS = 100000, WARM_UP_ROUNDS = 3 };

struct command {
  const char *name;
  char *words[MAX_WORDS + 1];
  double *values;
  double *peaks;
};

extern char **environ;

static void die(const char *what, const char *why) {
  fprintf(stderr, "timeit: %s: %s\n", what, why);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void parse(struct command *command, char *text, size_t rounds) {
  char *equals = strchr(text, '=');
  if (!equals) die(text, "not NAME=COMMAND");
  *equals = 0;
  command->name = text;
  size_t count = 0;
  for (char *word = strtok(equals + 1, " "); word; word = strtok(NULL, " ")) {
    if (count == MAX_WORDS) die(text, "too many words");
    command->words[count++] = word;
  }
  if (!count) die(text, "no command");
  command->values = calloc(rounds, sizeof(double));
  command->peaks = calloc(rounds, sizeof(double));
  if (!command->values || !command->peaks) die(text, strerror(ENOMEM));
}

// The number that the output ends with, whatever stands before it on its line.
static double last_number(const char *name, int pipe) {
  char text[65536];
  size_t length = 0;
  for (ssize_t count; length < sizeof text - 1; length += (size_t)count) {
    count = read(pipe, text + length, sizeof text - 1 - length);
    if (count <= 0) break;
  }
  while (length && strchr(" \r\n", text[length - 1])) length--;
  text[length] = 0;
  size_t start = length;
  while (start && strchr("0123456789.", text[start - 1])) start--;
  if (start == length) die(name, "its output does not end with a number");
  return strtod(text + start, NULL);
}

static void measure(struct command *command, int of_output, double *value, double *peak) {
  int ends[2] = {-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (of_output) {
    if (pipe2(ends, O_CLOEXEC) < 0) die("pipe", strerror(errno));
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  } else {
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  }
  double began = now();
  pid_t child;
  int error = posix_spawn(&child, command->words[0], &actions, NULL, command->words, environ);
  if (error) die(command->words[0], strerror(error));
  if (of_output) {
    close(ends[1]);
    *value = last_number(command->name, ends[0]);
  }
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0)
    if (errno != EINTR) die("wait4", strerror(errno));
  double ended = now();
  if (of_output)
    close(ends[0]);
  else
    *value = ended - began;
  *peak = (double)usage.ru_maxrss;
  posix_spawn_file_actions_destroy(&actions);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    char why[64];
    snprintf(why, sizeof why, WIFEXITED(status) ? "exit status %d" : "ended by signal %d",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    die(command->name, why);
  }
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

int main(int count, char **arguments) {
  if (count < 4 || count - 3 > MAX_COMMANDS ||
      (strcmp(arguments[1], "wall") != 0 && strcmp(arguments[1], "output") != 0)) {
    fprintf(stderr, "usage: timeit wall|output ROUNDS NAME=COMMAND...\n");
    return 2;
  }
  int of_output = strcmp(arguments[1], "output") == 0;
  size_t rounds = strtoul(arguments[2], NULL, 10);
  if (rounds < 1 || rounds > MAX_ROUNDS) die(arguments[2], "not a number of rounds");
  static struct command commands[MAX_COMMANDS];
  size_t command_count = (size_t)count - 3;
  for (size_t index = 0; index < command_count; index++)
    parse(&commands[index], arguments[index + 3], rounds);

  size_t warm_up = rounds > WARM_UP_ROUNDS ? WARM_UP_ROUNDS : 0;
  for (size_t round = 0; round < warm_up + rounds; round++)
    for (size_t index = 0; index < command_count; index++) {
      double value, peak;
      measure(&commands[index], of_output, &value, &peak);
      if (round < warm_up) continue;
      commands[index].values[round - warm_up] = value;
      commands[index].peaks[round - warm_up] = peak;
    }
  for (size_t index = 0; index < command_count; index++) {
    struct command *command = &commands[index];
    qsort(command->values, rounds, sizeof(double), compare);
    qsort(command->peaks, rounds, sizeof(double), compare);
    printf("%s\t%.1f\t%.1f\t%.1f\t%.0f\n", command->name, command->values[rounds / 2],
           command->values[rounds / 10], command->values[0], command->peaks[rounds / 2]);
  }
  return 0;
}
