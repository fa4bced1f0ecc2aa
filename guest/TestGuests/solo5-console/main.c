// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Prints `BYTES` bytes at once, and the same bytes once more in small pieces.
#include "raw_manifest.h"
#include "s5.h"
#include "sl_hypercall.h"

RAW_MANIFEST();

enum { PIECE = 7, STACK = 65536 };

int main(void) {
  char *words[1];
  size_t count = s5_arguments(words, 1) > 0 ? (size_t)s5_number(words[0]) : 0;
  char *text = (char *)(uintptr_t)s5_boot_info->kernel_end;
  if (count > s5_boot_info->mem_size - STACK - s5_boot_info->kernel_end) {
    s5_print("there is no memory for %lu bytes\n", count);
    return 2;
  }
  for (size_t i = 0; i < count; i++) {
    text[i] = (char)('a' + i % 26);
  }
  sl_hypercall_puts(text, count);
  for (size_t i = 0; i < count; i += PIECE) {
    sl_hypercall_puts(text + i, count - i < PIECE ? count - i : PIECE);
  }
  return 0;
}
