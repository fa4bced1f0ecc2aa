// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// A bad link: passes frames between two tap interfaces, late, loses some and brings some out of
// order.
//
//   relay NEAR FAR LOSS REORDERING DELAY SEED
//
// NEAR is a tap that the kernel has an address on, which this program attaches to. FAR is one that
// somebody else is attached to, without offloads. LOSS and REORDERING are in parts of a thousand,
// of each direction; a frame that is out of order comes HELD others later, or when nothing else
// comes. DELAY is what each frame takes, in milliseconds; what a line has no room for is lost.
// Says "ready" when it is attached, and runs until a signal ends it.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_SIZE = 65536,
  HELD = 3,
  PATIENCE_MS = 5,
  PARTS = 1000,
  SEND_BUFFER = 8 << 20,
  LINE = 8192  // The most frames that are under way in a direction.
};

struct frame {
  struct frame *next;
  uint64_t due;  // Milliseconds of the monotonic clock.
  size_t size;
  uint8_t bytes[];
};

struct direction {
  int from, to;
  struct frame *first, *last;  // What is under way.
  int count;
  size_t held_size;  // 0 when no frame is held.
  int passed;        // Since it is.
  uint8_t held[MAX_SIZE];
};

static uint64_t state;
static unsigned loss, reordering, delay;

static void die(const char *what) {
  fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
  exit(1);
}

// xorshift64: the same frames are lost with the same seed.
static unsigned chance(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state % PARTS);
}

static int attach(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  int tap = open("/dev/net/tun", O_RDWR);
  if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0) die(name);
  return tap;
}

static int open_packets(const char *name) {
  struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ETH_P_ALL),
                                .sll_ifindex = (int)if_nametoindex(name)};
  int packets = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), yes = 1, size = SEND_BUFFER;
  if (packets < 0 || setsockopt(packets, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) ||
      setsockopt(packets, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) ||
      bind(packets, (struct sockaddr *)&address, sizeof address) < 0)
    die(name);
  return packets;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

// What the other side has no room for is lost, too.
static void deliver(int to, const uint8_t *bytes, size_t size) {
  if (write(to, bytes, size) < 0 && errno != ENOBUFS && errno != EIO && errno != ENETDOWN)
    die("write");
}

// Delivers what has been under way for long enough.
static void deliver_due(struct direction *direction) {
  struct frame *frame;
  while ((frame = direction->first) && frame->due <= now()) {
    deliver(direction->to, frame->bytes, frame->size);
    direction->first = frame->next;
    direction->count--;
    free(frame);
  }
}

static void pass(struct direction *direction, const uint8_t *bytes, size_t size) {
  if (!delay) return deliver(direction->to, bytes, size);
  if (direction->count == LINE) return;
  struct frame *frame = malloc(sizeof *frame + size);
  if (!frame) die("malloc");
  frame->next = NULL;
  frame->due = now() + delay;
  frame->size = size;
  memcpy(frame->bytes, bytes, size);
  *(direction->first ? &direction->last->next : &direction->first) = frame;
  direction->last = frame;
  direction->count++;
}

static void release(struct direction *direction) {
  if (direction->held_size) pass(direction, direction->held, direction->held_size);
  direction->held_size = 0;
}

static void forward(struct direction *direction) {
  static uint8_t frame[MAX_SIZE];
  ssize_t size = read(direction->from, frame, sizeof frame);
  if (size < 0) die("read");
  if (chance() < loss) return;
  if (!direction->held_size && chance() < reordering) {
    memcpy(direction->held, frame, (size_t)size);
    direction->held_size = (size_t)size;
    direction->passed = 0;
    return;
  }
  pass(direction, frame, (size_t)size);
  if (direction->held_size && ++direction->passed == HELD) release(direction);
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: relay NEAR FAR LOSS REORDERING DELAY SEED\n");
    return 2;
  }
  static struct direction directions[2];
  int near = attach(arguments[1]), far = open_packets(arguments[2]);
  directions[0].from = directions[1].to = near;
  directions[1].from = directions[0].to = far;
  loss = (unsigned)atoi(arguments[3]);
  reordering = (unsigned)atoi(arguments[4]);
  delay = (unsigned)atoi(arguments[5]);
  state = strtoull(arguments[6], NULL, 10) * 2 + 1;
  puts("ready");
  fflush(stdout);
  while (1) {
    struct pollfd ready[2] = {{near, POLLIN, 0}, {far, POLLIN, 0}};
    int found = poll(ready, 2, delay ? 1 : PATIENCE_MS);
    if (found < 0) die("poll");
    for (int index = 0; index < 2; index++) {
      if (found == 0) release(&directions[index]);
      if (ready[index].revents & POLLIN) forward(&directions[index]);
      deliver_due(&directions[index]);
    }
  }
}
