// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Numbered frames on an interface.
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  LARGEST_MTU = 9000,
  BATCH = 32,
};

// A frame that came back.
struct arrival {
  // Whether this run sent it.
  bool is_ours;
  // What is wrong with it, or null.
  const char *difference;
  uint64_t number;
  size_t size;
};

// An interface whose other end sends frames back.
struct link {
  int socket;
  uint64_t mtu;
  struct arrival arrivals[BATCH];
};

// Ends the process when that fails.
void open_link(struct link *link, const char *interface, uint64_t mtu);

// Sends small frames until one comes back: the kernel drops what is sent before it has noticed
// that somebody is attached to the interface. Ends the process when none comes.
void await_link(struct link *link);

// Sends up to `count` frames from number `first` on, without waiting; how many. Adds their bytes.
uint64_t send_frames(struct link *link, uint64_t first, uint64_t count, uint64_t *bytes);

// Checks the frames that have come back, at most BATCH; how many.
unsigned receive_frames(struct link *link);

#endif
