// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// TCP streams as iperf3 has them, to or from a peer that takes or sends as much as it can: prints
// the megabits of payload of all of them in a second.
//
//   stream send|receive ADDRESS PORT MS [STREAMS]
//
// What is sent counts when the peer has taken all of it, which it says by closing its end.
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 128 << 10, LIMIT_SECONDS = 10, LIMIT_MS = 1000 * LIMIT_SECONDS, MOST = 64 };

static char buffer[BUFFER_SIZE];

static void die(const char *what, const char *why) {
  fprintf(stderr, "stream: %s: %s\n", what, why);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_connection(const char *address, const char *port) {
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  if (inet_pton(AF_INET, address, &peer.sin_addr) != 1) die(address, "not an address");
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval limit = {.tv_sec = LIMIT_SECONDS};
  if (connection < 0 ||
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0 ||
      setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ||
      connect(connection, (struct sockaddr *)&peer, sizeof peer) < 0)
    die(address, strerror(errno));
  return connection;
}

// The bytes that went over the connection at once; 0 when it is not ready.
static uint64_t step(int connection, int sends) {
  ssize_t count = sends ? send(connection, buffer, BUFFER_SIZE, MSG_NOSIGNAL | MSG_DONTWAIT)
                        : recv(connection, buffer, BUFFER_SIZE, MSG_DONTWAIT);
  if (count > 0) return (uint64_t)count;
  if (count == 0) die("transfer", "the peer has closed its end");
  if (errno != EAGAIN) die("transfer", strerror(errno));
  return 0;
}

static uint64_t transfer(struct pollfd *connections, nfds_t count, int sends, double end) {
  uint64_t bytes = 0;
  while (now() < end) {
    if (poll(connections, count, LIMIT_MS) == 0) die("transfer", "nothing moves");
    for (nfds_t index = 0; index < count; index++)
      if (connections[index].revents) bytes += step(connections[index].fd, sends);
  }
  for (nfds_t index = 0; sends && index < count; index++)
    shutdown(connections[index].fd, SHUT_WR);
  for (nfds_t index = 0; sends && index < count; index++)
    if (recv(connections[index].fd, buffer, 1, 0) != 0)
      die("end", "the peer does not close its end");
  return bytes;
}

int main(int count, char **arguments) {
  int sends = count >= 5 && strcmp(arguments[1], "send") == 0;
  int streams = count == 6 ? atoi(arguments[5]) : 1;
  if (count < 5 || count > 6 || streams < 1 || streams > MOST ||
      (!sends && strcmp(arguments[1], "receive") != 0)) {
    fprintf(stderr, "usage: stream send|receive ADDRESS PORT MS [STREAMS]\n");
    return 2;
  }
  struct pollfd connections[MOST];
  for (int index = 0; index < streams; index++)
    connections[index] = (struct pollfd){open_connection(arguments[2], arguments[3]),
                                         sends ? POLLOUT : POLLIN, 0};
  double began = now();
  uint64_t bytes =
      transfer(connections, (nfds_t)streams, sends, began + atof(arguments[4]) / 1e3);
  printf("%.0f\n", (double)bytes * 8 / 1e6 / (now() - began));
  return 0;
}
