// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Loads what answers the frames of an interface: starts a command, waits for its first output, does
// what the mode says for so many milliseconds, and ends the command by SIGTERM.
//
//   load saturate SIZE WINDOW MS INTERFACE COMMAND [ARGUMENT...]
//       keeps WINDOW frames of SIZE bytes in flight, without ever sleeping
//   load pace SIZE RATE MS INTERFACE COMMAND [ARGUMENT...]
//       sends RATE frames a second, fewer where it is kept from sending
//   load nothing MS COMMAND [ARGUMENT...]
//       sends nothing
//
// The command must send back what it gets. Prints one line, fields separated by tabs: frames sent,
// frames lost, frames a second that came back, nanoseconds of the command's CPU time for each of
// those (without frames: for each second). The CPU time is that between the first frame and the
// last.
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
  HEADER_SIZE = 14,
  MAX_SIZE = 9014,
  BATCH = 32,
  RECEIVE_BUFFER = 64 << 20,
  PROBE_MS = 10,
  PROBE_LIMIT = 500,
  SETTLE_MS = 200,
};

#define SECOND 1000000000UL
#define MILLISECOND 1000000UL
static const uint64_t loss_time = SECOND;

static uint8_t frame[MAX_SIZE] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ETHER_TYPE >> 8,
                                  ETHER_TYPE & 0xff};
static struct mmsghdr to_send[BATCH], to_receive[BATCH];

static uint64_t now_of(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) < 0) die("clock_gettime", strerror(errno));
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static uint64_t now(void) { return now_of(CLOCK_MONOTONIC); }

static uint64_t number(const char *text, uint64_t least, uint64_t most) {
  char *end;
  uint64_t value = strtoul(text, &end, 10);
  if (end == text || *end || value < least || value > most) die(text, "not a number in range");
  return value;
}

static int open_interface(const char *name, size_t size) {
  int packets = socket(AF_PACKET, SOCK_RAW, htons(ETHER_TYPE));
  if (packets < 0) die("socket", strerror(errno));
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(ETHER_TYPE),
      .sll_ifindex = (int)if_nametoindex(name),
  };
  if (!address.sll_ifindex) die(name, strerror(errno));
  int buffer = RECEIVE_BUFFER;
  if (bind(packets, (struct sockaddr *)&address, sizeof address) < 0 ||
      setsockopt(packets, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0)
    die(name, strerror(errno));

  // Every frame is the same, and of what comes back only the header is looked at.
  static struct iovec whole, headers[BATCH];
  static uint8_t header[BATCH][HEADER_SIZE];
  whole = (struct iovec){frame, size};
  for (int index = 0; index < BATCH; index++) {
    headers[index] = (struct iovec){header[index], HEADER_SIZE};
    to_send[index].msg_hdr = (struct msghdr){.msg_iov = &whole, .msg_iovlen = 1};
    to_receive[index].msg_hdr = (struct msghdr){.msg_iov = &headers[index], .msg_iovlen = 1};
  }
  return packets;
}

// The number of frames that went out; fewer than asked where the kernel has no room.
static uint64_t send_frames(int packets, uint64_t count) {
  if (!count) return 0;
  int sent = sendmmsg(packets, to_send, count < BATCH ? (unsigned)count : BATCH, 0);
  if (sent >= 0) return (uint64_t)sent;
  if (errno != ENOBUFS) die("sendmmsg", strerror(errno));
  return 0;
}

// The number of frames that had come back.
static uint64_t receive_frames(int packets) {
  int count = recvmmsg(packets, to_receive, BATCH, MSG_DONTWAIT, NULL);
  if (count >= 0) return (uint64_t)count;
  if (errno != EAGAIN) die("recvmmsg", strerror(errno));
  return 0;
}

// The kernel drops what is sent before it has noticed that somebody is attached to the interface.
static void await_link(int packets) {
  for (int tries = 0; tries < PROBE_LIMIT; tries++) {
    send_frames(packets, 1);
    struct pollfd ready = {.fd = packets, .events = POLLIN};
    if (poll(&ready, 1, PROBE_MS) < 1) continue;
    while (poll(&ready, 1, 2 * PROBE_MS) > 0) receive_frames(packets);
    return;
  }
  die("link", "no frame comes back");
}

struct result {
  uint64_t sent, received, nanoseconds;
};

// Collects what is still under way, as long as it comes.
static void drain(int packets, struct result *result) {
  for (uint64_t last = now(); result->received < result->sent && now() - last < loss_time;) {
    uint64_t count = receive_frames(packets);
    if (count) last = now();
    result->received += count;
  }
}

static struct result saturate(int packets, uint64_t window, uint64_t duration) {
  struct result result = {0};
  uint64_t lost = 0, time = now(), began = time, last = time;
  for (; time - began < duration; time = now()) {
    uint64_t room = window - (result.sent - result.received - lost);
    // In batches, and never fewer than a quarter of the window at a time.
    if (room >= BATCH || room * 4 >= window) result.sent += send_frames(packets, room);
    uint64_t count = receive_frames(packets);
    result.received += count;
    if (result.received + lost > result.sent) lost = result.sent - result.received;
    if (count) last = time;
    if (time - last > loss_time) {  // What has been lost shall not stop the rest.
      lost = result.sent - result.received;
      last = time;
    }
  }
  result.nanoseconds = time - began;
  // The rate is that of the time in which frames were sent.
  struct result all = result;
  drain(packets, &all);
  all.nanoseconds = (uint64_t)((double)result.nanoseconds * (double)all.received /
                               (double)(result.received ? result.received : 1));
  return all;
}

static struct result pace(int packets, uint64_t rate, uint64_t duration) {
  struct result result = {0};
  uint64_t missed = 0, time = now(), began = time;
  for (; time - began < duration; time = now()) {
    uint64_t due = (uint64_t)((double)(time - began) * (double)rate / SECOND) - missed;
    // Who was kept from sending does not make up for it all at once: that would be saturation.
    if (due > result.sent + BATCH) missed += due - result.sent - BATCH;
    if (due > result.sent) result.sent += send_frames(packets, due - result.sent);
    result.received += receive_frames(packets);
  }
  result.nanoseconds = time - began;
  drain(packets, &result);
  return result;
}

static struct result idle(uint64_t duration) {
  uint64_t began = now();
  usleep((useconds_t)(duration / 1000));
  return (struct result){.nanoseconds = now() - began};
}

int main(int count, char **arguments) {
  const char *mode = count > 1 ? arguments[1] : "";
  int saturates = strcmp(mode, "saturate") == 0 && count > 6;
  int paces = strcmp(mode, "pace") == 0 && count > 6;
  if (!saturates && !paces && (strcmp(mode, "nothing") != 0 || count < 4)) {
    fprintf(stderr, "usage: load saturate SIZE WINDOW MS INTERFACE COMMAND [ARGUMENT...]\n"
                    "       load pace SIZE RATE MS INTERFACE COMMAND [ARGUMENT...]\n"
                    "       load nothing MS COMMAND [ARGUMENT...]\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int sends = saturates || paces, packets = -1;
  uint64_t size = sends ? number(arguments[2], HEADER_SIZE, MAX_SIZE) : 0;
  uint64_t measure = sends ? number(arguments[3], 1, 1UL << 40) : 0;
  uint64_t duration = number(arguments[sends ? 4 : 2], 1, 600000) * MILLISECOND;
  pid_t child = start(arguments + (sends ? 6 : 3));
  if (sends) {
    packets = open_interface(arguments[5], size);
    await_link(packets);
  } else {
    usleep(SETTLE_MS * 1000);
  }
  clockid_t cpu;
  if (clock_getcpuclockid(child, &cpu)) die("clock_getcpuclockid", "the command has ended");
  uint64_t before = now_of(cpu);
  struct result result = saturates ? saturate(packets, measure, duration)
                         : paces   ? pace(packets, measure, duration)
                                   : idle(duration);
  double spent = (double)(now_of(cpu) - before), seconds = (double)result.nanoseconds / SECOND;
  double units = sends ? (double)result.received : seconds;
  printf("%lu\t%lu\t%.0f\t%.0f\n", result.sent, result.sent - result.received,
         (double)result.received / seconds, spent / (units > 0 ? units : 1));
  kill(child, SIGTERM);
  waitpid(child, NULL, 0);
  return 0;
}
