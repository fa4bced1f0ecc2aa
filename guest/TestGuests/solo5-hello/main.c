// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Prints a greeting and its command line; with `--info` also what it was told at the start.
#include "raw_manifest.h"
#include "s5.h"

RAW_MANIFEST();

int main(void) {
  const char *line = (const char *)(uintptr_t)s5_boot_info->cmdline;
  char *words[1];
  s5_print("hello from a Solo5 guest\n%s\n", line);
  if (s5_arguments(words, 1) > 0 && s5_equal(words[0], "--info")) {
    s5_print_info();
  }
  return 0;
}
