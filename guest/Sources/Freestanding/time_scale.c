// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_time_scale.h"

// Long division of 10^9 by the frequency, one binary digit at a time, until the quotient fills 64
// bits: this needs no 128-bit division, which would be a library call.
struct sl_time_scale sl_time_scale_make(uint64_t frequency) {
  const uint64_t nanoseconds = 1000000000;
  uint64_t quotient = nanoseconds / frequency;
  uint64_t remainder = nanoseconds % frequency;
  uint32_t shift = 0;
  while (quotient >> 63 == 0 && shift < 127) {
    uint64_t rest = frequency - remainder;
    int digit = remainder >= rest;
    remainder = digit ? remainder - rest : remainder * 2;
    quotient = quotient * 2 + (uint64_t)digit;
    shift++;
  }
  return (struct sl_time_scale){.multiplier = quotient, .shift = shift};
}
