// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_WIDE_DIVISION_H
#define SL_WIDE_DIVISION_H

#include <stdint.h>

/// A 128-bit number.
struct sl_wide {
  uint64_t low;
  uint64_t high;
};

struct sl_wide_division {
  struct sl_wide quotient;
  struct sl_wide remainder;
};

/// Divides 128-bit numbers. The divisor is not zero.
struct sl_wide_division sl_divide_wide(struct sl_wide dividend, struct sl_wide divisor);

#endif
