// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "s5.h"

#include <stdarg.h>

#include "sl_format.h"
#include "sl_hypercall.h"

void s5_print(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int length = sl_format(text, sizeof(text), format, arguments);
  va_end(arguments);
  int limit = sizeof(text) - 1;
  sl_hypercall_puts(text, (size_t)(length < limit ? length : limit));
}

void s5_halt(int32_t status, const void *cookie) {
  struct hvt_halt call = {.cookie = (uintptr_t)cookie, .exit_status = status};
  sl_hypercall(HVT_HYPERCALL_HALT, &call);
  for (;;) {
    __asm__ volatile("cli; hlt");
  }
}

int s5_equal(const char *left, const char *right) {
  for (; *left != 0 && *left == *right; left++, right++) {
  }
  return *left == *right;
}

int s5_arguments(char *words[], int limit) {
  static char line[HVT_COMMAND_LINE_MAX + 1];
  const char *source = (const char *)(uintptr_t)s5_boot_info->cmdline;
  int count = 0;
  for (int i = 0; source[i] != 0; i++) {
    int is_first = source[i] != ' ' && (i == 0 || source[i - 1] == ' ');
    line[i] = source[i] == ' ' ? 0 : source[i];
    if (is_first && count < limit) {
      words[count++] = &line[i];
    }
  }
  return count;
}

int64_t s5_number(const char *text) {
  int is_negative = *text == '-';
  int64_t value = 0;
  for (text += is_negative; *text >= '0' && *text <= '9'; text++) {
    value = value * 10 + (*text - '0');
  }
  if (*text != 0) {
    s5_print("not a number: %s\n", text);
    s5_halt(2, NULL);
  }
  return is_negative ? -value : value;
}

const struct hvt_manifest_entry *s5_device(uint32_t handle) {
  const struct hvt_manifest *manifest = (const void *)(uintptr_t)s5_boot_info->mft;
  const struct hvt_manifest_entry *entries = (const void *)(manifest + 1);
  return &entries[handle];
}

uint64_t s5_nanoseconds(uint64_t ticks) {
  uint64_t frequency = s5_boot_info->cpu_cycle_freq;
  return ticks / frequency * 1000000000 + ticks % frequency * 1000000000 / frequency;
}
