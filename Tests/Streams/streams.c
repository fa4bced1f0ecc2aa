// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Linux's end of TCP connections with a server that sends back what it gets.
//
//   streams echo ADDRESS PORT BYTES CONNECTIONS
//       sends so many bytes over each of the connections, all at the same time, and takes them back
//   streams open ADDRESS PORT CONNECTIONS
//       has so many connections open at once, and then sends a few bytes over each, and takes them
//       back: over some at a time, because a tap keeps no more than 500 frames
//
// What comes back has to be what was sent, up to the server's end of the connection. Prints what
// was done, or ends with status 1 and what is wrong.
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 20000, RESERVE = 64, PIECE = 256 << 10, LIMIT_MS = 20000 };
enum { MESSAGE = 100, BATCH = 100 };

// A prime number, so that no piece of a stream is at the same place of the pattern as the next.
enum { PERIOD = 262139 };

struct connection {
  uint64_t sent, received;
  uint64_t start;  // Where in the pattern its stream begins.
};

static uint8_t pattern[PERIOD + PIECE], bytes[PIECE];
static struct connection connections[MOST];
static struct pollfd descriptors[MOST];
static int count;

static void die(int index, const char *what, const char *why) {
  fprintf(stderr, "streams: connection %d after %llu bytes sent and %llu received: %s: %s\n", index,
          (unsigned long long)connections[index].sent,
          (unsigned long long)connections[index].received, what, why);
  exit(1);
}

static void make_pattern(void) {
  for (uint64_t index = 0; index < sizeof pattern; index++)
    pattern[index] = (uint8_t)((index % PERIOD * 0x9e3779b1u) >> 13);
}

static void open_connection(int index, const char *address, const char *port) {
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  struct timeval limit = {.tv_sec = LIMIT_MS / 1000};
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (inet_pton(AF_INET, address, &peer.sin_addr) != 1 || connection < 0 ||
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0 ||
      connect(connection, (struct sockaddr *)&peer, sizeof peer) < 0)
    die(index, "connect", strerror(errno));
  descriptors[index] = (struct pollfd){connection, POLLIN | POLLOUT, 0};
  connections[index].start = (uint64_t)index * 7919;
}

static const uint8_t *place(uint64_t offset) { return pattern + offset % PERIOD; }

static void send_some(int index, uint64_t size) {
  struct connection *connection = &connections[index];
  uint64_t left = size - connection->sent;
  ssize_t done = send(descriptors[index].fd, place(connection->start + connection->sent),
                      left < PIECE ? left : PIECE, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (done < 0 && errno != EAGAIN) die(index, "send", strerror(errno));
  if (done > 0) connection->sent += (uint64_t)done;
  if (connection->sent < size) return;
  shutdown(descriptors[index].fd, SHUT_WR);
  descriptors[index].events = POLLIN;
}

// Whether the stream has ended, as it should.
static int receive_some(int index, uint64_t size) {
  struct connection *connection = &connections[index];
  ssize_t done = recv(descriptors[index].fd, bytes, PIECE, MSG_DONTWAIT);
  if (done < 0 && errno == EAGAIN) return 0;
  if (done < 0) die(index, "receive", strerror(errno));
  if (done == 0) {
    if (connection->received != size) die(index, "receive", "the stream ends too early");
    return 1;
  }
  if ((uint64_t)done > connection->sent - connection->received)
    die(index, "receive", "more than was sent");
  if (memcmp(bytes, place(connection->start + connection->received), (size_t)done) != 0)
    die(index, "receive", "not what was sent");
  connection->received += (uint64_t)done;
  return 0;
}

// Sends and takes back `size` bytes over each connection from `first` to before `end`.
static void echo(int first, int end, uint64_t size) {
  int left = end - first;
  while (left > 0) {
    if (poll(descriptors + first, (nfds_t)(end - first), LIMIT_MS) < 1)
      die(first, "poll", "nothing moves");
    for (int index = first; index < end; index++) {
      if (descriptors[index].revents & POLLOUT) send_some(index, size);
      if (!(descriptors[index].revents & ~POLLOUT) || !receive_some(index, size)) continue;
      close(descriptors[index].fd);
      descriptors[index].fd = -1;
      left--;
    }
  }
}

int main(int argument_count, char **arguments) {
  const char *mode = argument_count > 1 ? arguments[1] : "";
  int echoes = strcmp(mode, "echo") == 0 && argument_count == 6;
  if (!echoes && (strcmp(mode, "open") != 0 || argument_count != 5)) {
    fprintf(stderr, "usage: streams echo ADDRESS PORT BYTES CONNECTIONS\n"
                    "       streams open ADDRESS PORT CONNECTIONS\n");
    return 2;
  }
  uint64_t size = echoes ? strtoull(arguments[4], NULL, 10) : MESSAGE;
  count = atoi(arguments[echoes ? 5 : 4]);
  struct rlimit limit = {(rlim_t)count + RESERVE, (rlim_t)count + RESERVE};
  if (count < 1 || count > MOST || setrlimit(RLIMIT_NOFILE, &limit) < 0) {
    fprintf(stderr, "streams: %d connections: too many\n", count);
    return 2;
  }
  make_pattern();
  for (int index = 0; index < count; index++)
    open_connection(index, arguments[2], arguments[3]);
  int batch = echoes ? count : BATCH;
  for (int first = 0; first < count; first += batch)
    echo(first, first + batch < count ? first + batch : count, size);
  printf("%d connections, %llu bytes each way over each\n", count, (unsigned long long)size);
  return 0;
}
