// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What compilers call for operations that the processor has no instruction for: division of 128-bit
// integers, which Swift's Int128 and Duration use, and mathematical functions.
#include "sl_wide_division.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

u128 __udivti3(u128 dividend, u128 divisor);
u128 __umodti3(u128 dividend, u128 divisor);
i128 __divti3(i128 dividend, i128 divisor);
i128 __modti3(i128 dividend, i128 divisor);
double sqrt(double value);
float sqrtf(float value);
double fmod(double dividend, double divisor);
float fmodf(float dividend, float divisor);

static struct sl_wide split(u128 value) {
  return (struct sl_wide){.low = (uint64_t)value, .high = (uint64_t)(value >> 64)};
}

static u128 join(struct sl_wide wide) { return (u128)wide.high << 64 | wide.low; }

u128 __udivti3(u128 dividend, u128 divisor) {
  return join(sl_divide_wide(split(dividend), split(divisor)).quotient);
}

u128 __umodti3(u128 dividend, u128 divisor) {
  return join(sl_divide_wide(split(dividend), split(divisor)).remainder);
}

static u128 magnitude(i128 value) { return value < 0 ? -(u128)value : (u128)value; }

i128 __divti3(i128 dividend, i128 divisor) {
  u128 quotient = __udivti3(magnitude(dividend), magnitude(divisor));
  return (i128)((dividend < 0) != (divisor < 0) ? -quotient : quotient);
}

// The remainder has the dividend's sign.
i128 __modti3(i128 dividend, i128 divisor) {
  u128 remainder = __umodti3(magnitude(dividend), magnitude(divisor));
  return (i128)(dividend < 0 ? -remainder : remainder);
}

double sqrt(double value) {
  __asm__("sqrtsd %0, %0" : "+x"(value));
  return value;
}

float sqrtf(float value) {
  __asm__("sqrtss %0, %0" : "+x"(value));
  return value;
}

// The x87's partial remainder is exact. It takes away up to 63 binary digits of the quotient at a
// time, and flag C2 (bit 10 of the status) tells that there are more.
double fmod(double dividend, double divisor) {
  long double remainder = dividend;
  unsigned short status;
  do {
    __asm__("fprem\n\tfnstsw %1" : "+t"(remainder), "=a"(status) : "u"((long double)divisor));
  } while (status & 0x400);
  return (double)remainder;
}

float fmodf(float dividend, float divisor) { return (float)fmod(dividend, divisor); }
