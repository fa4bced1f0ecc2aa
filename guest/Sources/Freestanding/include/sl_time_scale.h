// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_TIME_SCALE_H
#define SL_TIME_SCALE_H

#include <stdint.h>

/// Converts ticks of a counter to nanoseconds: `(ticks * multiplier) >> shift`, in 128 bits.
struct sl_time_scale {
  uint64_t multiplier;
  uint32_t shift;
};

/// The scale of a counter of `frequency` ticks a second, exact to one part in 2^63.
struct sl_time_scale sl_time_scale_make(uint64_t frequency);

static inline uint64_t sl_time_scale_nanoseconds(struct sl_time_scale scale, uint64_t ticks) {
  return (uint64_t)(((unsigned __int128)ticks * scale.multiplier) >> scale.shift);
}

#endif
