// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Computes for `ITERATIONS` rounds and prints the nanoseconds that it took.
#include "raw_manifest.h"
#include "s5.h"

RAW_MANIFEST();

static uint64_t compute(uint64_t iterations) {
  uint64_t state = 88172645463325252;
  for (uint64_t i = 0; i < iterations; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
  }
  return state;
}

int main(void) {
  char *words[1];
  if (s5_arguments(words, 1) < 1) {
    s5_print("usage: ITERATIONS\n");
    return 2;
  }
  uint64_t iterations = (uint64_t)s5_number(words[0]);
  uint64_t start = s5_ticks();
  uint64_t result = compute(iterations);
  uint64_t end = s5_ticks();
  s5_print("result=0x%lx\nnanoseconds=%lu\n", result, s5_nanoseconds(end - start));
  return 0;
}
