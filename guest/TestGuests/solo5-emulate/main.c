// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Writes FS base `COUNT` times and prints the nanoseconds that one write takes.
#include "raw_manifest.h"
#include "s5.h"
#include "s5_processor.h"

RAW_MANIFEST();

enum { WARM_UP = 1000 };

static uint64_t blocks[2];

static void switch_bases(uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    s5_write_msr(S5_MSR_FS_BASE, (uintptr_t)&blocks[i & 1]);
  }
}

int main(void) {
  char *words[1];
  uint64_t count = s5_arguments(words, 1) > 0 ? (uint64_t)s5_number(words[0]) : 0;
  if (count == 0) {
    s5_print("usage: COUNT\n");
    return 2;
  }
  switch_bases(WARM_UP);
  uint64_t start = s5_ticks();
  switch_bases(count);
  uint64_t end = s5_ticks();
  s5_print("%lu\n", s5_nanoseconds(end - start) / count);
  return 0;
}
