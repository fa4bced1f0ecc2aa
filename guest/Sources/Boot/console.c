// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_console.h"

#include "sl_hypercall.h"
#include "sl_memory.h"

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

void sl_console_write(const void *bytes, size_t count) {
  if (count > sizeof(buffer) - filled) {
    sl_console_flush();
  }
  if (count > sizeof(buffer)) {
    sl_hypercall_puts(bytes, count);
    return;
  }
  sl_memory_copy(buffer + filled, bytes, count);
  filled += count;
  if (filled == sizeof(buffer) || (filled > 0 && buffer[filled - 1] == '\n')) {
    sl_console_flush();
  }
}

// Swift's panic messages come through here, byte by byte.
int putchar(int byte) {
  char character = (char)byte;
  sl_console_write(&character, 1);
  return byte;
}
