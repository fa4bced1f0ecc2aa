// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_wide_division.h"

typedef unsigned __int128 u128;

// The processor divides 128 bits by 64 when the quotient fits into 64, which it does when the high
// half of the dividend is below the divisor.
static uint64_t divide_step(uint64_t high, uint64_t low, uint64_t divisor, uint64_t *remainder) {
  uint64_t quotient;
  __asm__("divq %4" : "=a"(quotient), "=d"(*remainder) : "0"(low), "1"(high), "r"(divisor) : "cc");
  return quotient;
}

static u128 join(struct sl_wide wide) { return (u128)wide.high << 64 | wide.low; }

static struct sl_wide split(u128 value) {
  return (struct sl_wide){.low = (uint64_t)value, .high = (uint64_t)(value >> 64)};
}

static struct sl_wide_division divide_by_narrow(struct sl_wide dividend, uint64_t divisor) {
  struct sl_wide_division result = {.quotient.high = dividend.high / divisor};
  result.quotient.low = divide_step(
      dividend.high % divisor, dividend.low, divisor, &result.remainder.low);
  return result;
}

struct sl_wide_division sl_divide_wide(struct sl_wide dividend, struct sl_wide divisor) {
  if (divisor.high == 0) {
    return divide_by_narrow(dividend, divisor.low);
  }
  // The quotient has at most 64 bits: one for each place that the divisor can be moved up by.
  u128 rest = join(dividend);
  u128 subtrahend = join(divisor);
  int shift =
      dividend.high == 0 ? -1 : __builtin_clzll(divisor.high) - __builtin_clzll(dividend.high);
  uint64_t quotient = 0;
  for (; shift >= 0; shift--) {
    quotient <<= 1;
    if (rest >= subtrahend << shift) {
      rest -= subtrahend << shift;
      quotient |= 1;
    }
  }
  return (struct sl_wide_division){.quotient = split(quotient), .remainder = split(rest)};
}
