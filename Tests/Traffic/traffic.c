// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Frames of random sizes for a machine that sends back what it gets, with the two addresses
// exchanged: each is checked when it comes back.
//
//   traffic exact INTERFACE MTU WINDOW COUNT
//       sends COUNT frames, at most WINDOW of them under way at a time, so that no queue on the way
//       is ever full. Every one has to come back, once, in order and as it was.
//   traffic endless INTERFACE MTU WINDOW
//       sends until SIGTERM. Frames may be lost, but not altered, doubled or exchanged.
//
// Prints `running` when the first frame has come back, and at the end one line: frames sent, bytes,
// frames that did not come back. Tells on standard error which frames are wrong, and ends with
// status 1 if there were any.
//
// A frame is 14 bytes to MTU + 14, or to MTU + 18 with an 802.1Q tag. Its number is in the lower
// four bytes of the destination, a checksum of all of it in those of the source, so that the
// smallest frame has both; the upper two bytes tell the run.
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000UL

enum {
  LARGEST_WINDOW = 400,  // A tap keeps 500 frames for its reader.
  SHOWN_PROBLEMS = 20,
};

// Numbers are 32 bits, and the last one is a probe's.
#define NUMBERS 0xffffffffUL

// After so long without a frame nothing will come any more.
static const uint64_t patience = 10 * SECOND, short_patience = SECOND / 10;

static volatile sig_atomic_t is_over;
static bool may_lose;
static uint64_t problems, missing;
// The number that is to come back next, the number to be sent next, and the bytes sent.
static uint64_t next_back, next_sent, bytes_sent;

static void end(int signal) {
  (void)signal;
  is_over = 1;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void report(const char *what, uint64_t first, uint64_t last) {
  if (problems++ >= SHOWN_PROBLEMS) return;
  if (first == last)
    fprintf(stderr, "traffic: frame %lu %s; frame %lu was to come\n", first, what, next_back);
  else
    fprintf(stderr, "traffic: frames %lu to %lu %s\n", first, last, what);
}

// Notes that the frames from `next_back` up to `number`, without it, did not come back in turn.
static void miss(uint64_t number) {
  if (number == next_back) return;
  missing += number - next_back;
  if (!may_lose) report("did not come back in turn", next_back, number - 1);
  next_back = number;
}

static void take(const struct arrival *arrival) {
  if (!arrival->is_ours) return;
  if (arrival->difference) {
    report(arrival->difference, arrival->number, arrival->number);
    return;
  }
  if (arrival->number >= next_sent) {
    report("came back without having been sent", arrival->number, arrival->number);
  } else if (arrival->number < next_back) {
    report("came back twice or too late", arrival->number, arrival->number);
  } else {
    miss(arrival->number);
    next_back++;
  }
}

// Sends frames up to `count`, and checks what comes back.
static void exchange(struct link *link, uint64_t window, uint64_t count) {
  uint64_t last = now();
  while (next_back < count && !is_over) {
    uint64_t room = window - (next_sent - next_back);
    if (room > count - next_sent) room = count - next_sent;
    // In batches, and never fewer than a quarter of the window at a time.
    bool may_send = room && (room >= BATCH || room * 4 >= window || next_sent + room == count);
    if (may_send) next_sent += send_frames(link, next_sent, room, &bytes_sent);
    unsigned arrived = receive_frames(link);
    for (unsigned index = 0; index < arrived; index++) take(&link->arrivals[index]);
    uint64_t time = now();
    if (arrived) last = time;
    if (time - last > (may_lose ? short_patience : patience)) {
      miss(next_sent);
      last = time;
    }
    if (problems > SHOWN_PROBLEMS && !may_lose) return;
  }
}

static uint64_t number(const char *text, uint64_t least, uint64_t most) {
  char *rest;
  uint64_t value = strtoul(text, &rest, 10);
  if (rest == text || *rest || value < least || value > most) {
    fprintf(stderr, "traffic: %s is not a number from %lu to %lu\n", text, least, most);
    exit(2);
  }
  return value;
}

int main(int count, char **arguments) {
  bool is_exact = count == 6 && strcmp(arguments[1], "exact") == 0;
  may_lose = count == 5 && strcmp(arguments[1], "endless") == 0;
  if (!is_exact && !may_lose) {
    fprintf(stderr, "usage: traffic exact INTERFACE MTU WINDOW COUNT\n"
                    "       traffic endless INTERFACE MTU WINDOW\n");
    return 2;
  }
  uint64_t mtu = number(arguments[3], 68, LARGEST_MTU);
  uint64_t window = number(arguments[4], 1, LARGEST_WINDOW);
  uint64_t limit = is_exact ? number(arguments[5], 1, NUMBERS) : NUMBERS;
  // Whoever starts this may have blocked it.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  signal(SIGTERM, end);
  sigprocmask(SIG_UNBLOCK, &ending, NULL);
  static struct link link;
  open_link(&link, arguments[2], mtu);
  await_link(&link);
  printf("running\n");
  fflush(stdout);
  exchange(&link, window, limit);
  if (may_lose) missing += next_sent - next_back;
  printf("%lu frames, %lu bytes, %lu missing\n", next_sent, bytes_sent, missing);
  if (problems > SHOWN_PROBLEMS) fprintf(stderr, "traffic: %lu problems in all\n", problems);
  return problems ? 1 : 0;
}
