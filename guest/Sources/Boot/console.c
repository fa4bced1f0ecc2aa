// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_console.h"

#include "sl_hypercall.h"

int putchar(int byte);

static char buffer[1024];
static size_t filled;

void sl_console_flush(void) {
  if (filled > 0) {
    size_t count = filled;
    filled = 0;
    sl_hypercall_puts(buffer, count);
  }
}

// Swift's `print` and its panic messages come through here.
int putchar(int byte) {
  buffer[filled++] = (char)byte;
  if (byte == '\n' || filled == sizeof(buffer)) {
    sl_console_flush();
  }
  return byte;
}

void sl_console_write(const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    putchar(bytes[i]);
  }
}
