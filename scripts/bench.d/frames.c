// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Measures how fast a guest echoes frames: starts a command, waits for the first output of its
// guest, sends frames on an interface with a bounded number of them in flight, prints the
// microseconds from the first one sent to the last one back, and ends the command by SIGTERM.
//
//   frames COUNT WINDOW INTERFACE COMMAND [ARGUMENT...]
//
// The guest must send back what it gets, in order, and nothing else of the EtherType used here.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

enum {
  ETHER_TYPE = 0x88b5,  // IEEE 802: for local experiments.
  PAYLOAD_SIZE = 50,
  PROBE = UINT32_MAX,
  PROBE_MS = 10,
  PROBE_LIMIT = 500,
  LOSS_MS = 5000,
};

struct frame {
  uint8_t destination[6];
  uint8_t source[6];
  uint16_t type;
  uint32_t number;
  uint8_t payload[PAYLOAD_SIZE - sizeof(uint32_t)];
} __attribute__((packed));

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static unsigned long number(const char *text, unsigned long most) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (*end || value < 1 || value > most) die(text, "not a number in range");
  return value;
}

static int open_interface(const char *name) {
  int packets = socket(AF_PACKET, SOCK_RAW, htons(ETHER_TYPE));
  if (packets < 0) die("socket", strerror(errno));
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(ETHER_TYPE),
      .sll_ifindex = (int)if_nametoindex(name),
  };
  if (!address.sll_ifindex) die(name, strerror(errno));
  if (bind(packets, (struct sockaddr *)&address, sizeof address) < 0) die(name, strerror(errno));
  return packets;
}

static void send_frame(int packets, uint32_t number) {
  struct frame frame = {
      .destination = {2, 0, 0, 0, 0, 2},
      .source = {2, 0, 0, 0, 0, 1},
      .type = htons(ETHER_TYPE),
      .number = number,
  };
  if (send(packets, &frame, sizeof frame, 0) < 0) die("send", strerror(errno));
}

// Returns whether a frame came back in time.
static int receive_frame(int packets, int milliseconds, uint32_t *number) {
  struct pollfd ready = {.fd = packets, .events = POLLIN};
  if (poll(&ready, 1, milliseconds) < 1) return 0;
  struct frame frame;
  if (recv(packets, &frame, sizeof frame, 0) != sizeof frame) die("recv", "not a frame of ours");
  *number = frame.number;
  return 1;
}

// The kernel drops what is sent before it has noticed that somebody is attached to the interface.
static void await_link(int packets) {
  uint32_t number;
  for (int tries = 0; tries < PROBE_LIMIT; tries++) {
    send_frame(packets, PROBE);
    if (receive_frame(packets, PROBE_MS, &number)) return;
  }
  die("link", "no frame comes back");
}

static double echo(int packets, uint32_t count, uint32_t window) {
  uint32_t sent = 0, received = 0, number;
  double began = now();
  while (received < count) {
    while (sent < count && sent - received < window) send_frame(packets, sent++);
    if (!receive_frame(packets, LOSS_MS, &number)) die("link", "a frame is lost");
    if (number == PROBE) continue;
    if (number != received) die("link", "a frame is out of order");
    received++;
  }
  return now() - began;
}

int main(int count, char **arguments) {
  if (count < 5) {
    fprintf(stderr, "usage: frames COUNT WINDOW INTERFACE COMMAND [ARGUMENT...]\n");
    return 2;
  }
  uint32_t frames = (uint32_t)number(arguments[1], 100000000);
  uint32_t window = (uint32_t)number(arguments[2], 256);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  pid_t child = start(arguments + 4);
  int packets = open_interface(arguments[3]);
  await_link(packets);
  printf("%.0f\n", echo(packets, frames, window));
  kill(child, SIGTERM);
  waitpid(child, NULL, 0);
  return 0;
}
