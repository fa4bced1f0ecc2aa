// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_clock.h"

#include "sl_hypercall.h"
#include "sl_time_scale.h"

static struct sl_time_scale scale;
static uint64_t start;
static uint64_t wall_offset;  // what to add to the monotonic clock; 0: not asked for yet

static inline uint64_t time_stamp(void) { return __builtin_ia32_rdtsc(); }

void sl_clock_init(uint64_t frequency) {
  start = time_stamp();
  scale = sl_time_scale_make(frequency);
}

uint64_t sl_clock_monotonic(void) {
  return sl_time_scale_nanoseconds(scale, time_stamp() - start);
}

uint64_t sl_clock_wall(void) {
  if (wall_offset == 0) {
    wall_offset = sl_hypercall_walltime() - sl_clock_monotonic();
  }
  return wall_offset + sl_clock_monotonic();
}
