// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Prints what the clocks say and how long sleeps of different lengths are.
#include "raw_manifest.h"
#include "s5.h"
#include "sl_hypercall.h"

RAW_MANIFEST();

int main(void) {
  static const uint64_t sleeps[] = {0, 1000000, 50000000};
  uint64_t start = s5_ticks();
  s5_print("walltime %lu\n", sl_hypercall_walltime());
  for (unsigned i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++) {
    uint64_t before = s5_ticks();
    uint64_t ready = sl_hypercall_poll(sleeps[i]);
    uint64_t after = s5_ticks();
    s5_print("poll %lu %lu ready=%lu\n", sleeps[i], s5_nanoseconds(after - before), ready);
  }
  s5_print("walltime %lu\n", sl_hypercall_walltime());
  s5_print("elapsed %lu\n", s5_nanoseconds(s5_ticks() - start));
  return 0;
}
