// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_CLOCK_H
#define SL_CLOCK_H

#include <stdint.h>

/// Starts the clock. `frequency` is the time stamp counter's, in Hz.
void sl_clock_init(uint64_t frequency);

/// Nanoseconds since the machine started.
uint64_t sl_clock_monotonic(void);

/// Nanoseconds since 1970-01-01 00:00 UTC. The tender is asked for it once; from then on this
/// follows the monotonic clock.
uint64_t sl_clock_wall(void);

#endif
