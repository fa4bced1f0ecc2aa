// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The floor of a guest that reflects frames: a process that reads a frame from a tap and writes it back
// with its addresses swapped, one frame for each call.
//
//   reflector INTERFACE
//
// It says so on standard output once it is attached, and ends by a signal.
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ADDRESS_SIZE = 6, HEADER_SIZE = 14 };

static void die(const char *what) {
  fprintf(stderr, "reflector: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int attach(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  int tap = open("/dev/net/tun", O_RDWR);
  if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0) die(name);
  return tap;
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: reflector INTERFACE\n");
    return 2;
  }
  int tap = attach(arguments[1]);
  if (write(1, "reflecting\n", 11) < 0) die("standard output");
  static uint8_t frame[65536];
  for (;;) {
    ssize_t size = read(tap, frame, sizeof frame);
    if (size < 0) die("read");
    if (size < HEADER_SIZE) continue;
    uint8_t source[ADDRESS_SIZE];
    memcpy(source, frame + ADDRESS_SIZE, ADDRESS_SIZE);
    memcpy(frame + ADDRESS_SIZE, frame, ADDRESS_SIZE);
    memcpy(frame, source, ADDRESS_SIZE);
    // A queue that is full loses the frame, as a network does.
    if (write(tap, frame, (size_t)size) < 0 && errno != EAGAIN && errno != ENOBUFS) die("write");
  }
}
