// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The memory of idle connections: opens many to a web server, has each answer a request, and prints
// the bytes of memory that the server's process has grown by for each.
//
//   connections COUNT ADDRESS PORT PID
//
// The first connection counts as the server's own.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT_SECONDS = 5, MOST = 60000, RESERVE = 64, SETTLE_US = 200000 };

static const char request[] = "GET / HTTP/1.1\r\nHost: connections\r\n\r\n";

static void die(const char *what, const char *why) {
  fprintf(stderr, "connections: %s: %s\n", what, why);
  exit(1);
}

static void allow_descriptors(rlim_t count) {
  struct rlimit limit = {count, count};
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) die("setrlimit", strerror(errno));
}

// The resident set of the process, in bytes.
static long memory(const char *process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/statm", process);
  FILE *file = fopen(path, "r");
  long pages;
  if (!file || fscanf(file, "%*d %ld", &pages) != 1) die(path, "cannot be read");
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

// The connection stays open.
static int open_connection(const struct sockaddr_in *peer) {
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval limit = {.tv_sec = LIMIT_SECONDS};
  char answer[4096];
  if (connection < 0 ||
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0 ||
      connect(connection, (const struct sockaddr *)peer, sizeof *peer) < 0 ||
      send(connection, request, sizeof request - 1, MSG_NOSIGNAL) < 0)
    die("connect", strerror(errno));
  if (recv(connection, answer, sizeof answer, 0) < 12 || memcmp(answer, "HTTP/1.1 200", 12) != 0)
    die("answer", "not one of success");
  return connection;
}

// Whether all of them are still open: there is nothing to be read from any.
static void check(const int *connections, int count) {
  char bytes[4096];
  for (int index = 0; index < count; index++) {
    ssize_t got;
    // A part of the answer may have come later.
    while ((got = recv(connections[index], bytes, sizeof bytes, MSG_DONTWAIT)) > 0) continue;
    if (got == 0 || errno != EAGAIN) die("connection", "closed by the server");
  }
}

int main(int count, char **arguments) {
  int connections[MOST];
  int wanted = count == 5 ? atoi(arguments[1]) : 0;
  if (wanted < 1 || wanted > MOST) {
    fprintf(stderr, "usage: connections COUNT ADDRESS PORT PID\n");
    return 2;
  }
  struct sockaddr_in peer = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(arguments[3]))};
  if (inet_pton(AF_INET, arguments[2], &peer.sin_addr) != 1) die(arguments[2], "not an address");
  allow_descriptors((rlim_t)wanted + RESERVE);
  open_connection(&peer);
  usleep(SETTLE_US);
  long before = memory(arguments[4]);
  for (int index = 0; index < wanted; index++) connections[index] = open_connection(&peer);
  usleep(SETTLE_US);
  check(connections, wanted);
  printf("%ld\n", (memory(arguments[4]) - before) / wanted);
  return 0;
}
