// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// How long a web server takes from execve to its first answer: starts a command, asks for / until
// there is an answer, prints the microseconds, and ends the command by SIGTERM.
//
//   first ADDRESS PORT COMMAND [ARGUMENT...]
//
// A segment that comes before there is somebody to take it is lost, and TCP would send the next a
// second later. So a new connection is tried every STEP_US, until one of them is there.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_US = 100, MOST = 1000, LIMIT_MS = 5000 };

static const char request[] = "GET / HTTP/1.1\r\nHost: first\r\n\r\n";

static pid_t child;

static void die(const char *what, const char *why) {
  fprintf(stderr, "first: %s: %s\n", what, why);
  if (child) kill(child, SIGTERM);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void start(char **command) {
  child = fork();
  if (child < 0) die("fork", strerror(errno));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(nothing, 1);
    execvp(command[0], command);
    die(command[0], strerror(errno));
  }
}

// Whether one of the connections is there: which one, or -1.
static int connected(struct pollfd *tries, int count) {
  struct timespec step = {.tv_nsec = STEP_US * 1000};
  if (ppoll(tries, (nfds_t)count, &step, NULL) < 1) return -1;
  for (int index = 0; index < count; index++) {
    if (!tries[index].revents) continue;
    if (!(tries[index].revents & (POLLERR | POLLHUP))) return tries[index].fd;
    close(tries[index].fd);  // Refused: nobody listens yet.
    tries[index].fd = -1;
  }
  return -1;
}

static int open_connection(const struct sockaddr_in *peer) {
  struct pollfd tries[MOST];
  for (int count = 0; count < MOST; count++) {
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connection < 0) die("socket", strerror(errno));
    // An interface without anybody at its other end is unreachable at once.
    connect(connection, (const struct sockaddr *)peer, sizeof *peer);
    tries[count] = (struct pollfd){connection, POLLOUT, 0};
    double end = now() + STEP_US;
    do {
      int found = connected(tries, count + 1);
      if (found >= 0) return found;
    } while (now() < end);
  }
  die("connect", "nobody answers");
  return -1;
}

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: first ADDRESS PORT COMMAND [ARGUMENT...]\n");
    return 2;
  }
  struct sockaddr_in peer = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(arguments[2]))};
  if (inet_pton(AF_INET, arguments[1], &peer.sin_addr) != 1) die(arguments[1], "not an address");
  double began = now();
  start(arguments + 3);
  int connection = open_connection(&peer);
  if (send(connection, request, sizeof request - 1, MSG_NOSIGNAL) < 0)
    die("send", strerror(errno));
  struct pollfd ready = {.fd = connection, .events = POLLIN};
  char answer[12] = "";
  if (poll(&ready, 1, LIMIT_MS) < 1 || recv(connection, answer, sizeof answer, 0) < 12 ||
      memcmp(answer, "HTTP/1.1 200", 12) != 0)
    die("answer", "not one of success");
  double took = now() - began;
  kill(child, SIGTERM);
  waitpid(child, NULL, 0);
  printf("%.0f\n", took);
  return 0;
}
