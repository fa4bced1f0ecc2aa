// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_panic.h"

#include <stdarg.h>

#include "sl_console.h"
#include "sl_format.h"

void sl_panic(const char *format, ...) {
  char message[256];
  va_list arguments;
  va_start(arguments, format);
  int length = sl_format(message, sizeof(message), format, arguments);
  va_end(arguments);
  static const char prefix[] = "Fatal error: ";
  sl_console_write(prefix, sizeof(prefix) - 1);
  size_t room = sizeof(message) - 1;
  sl_console_write(message, (size_t)length < room ? (size_t)length : room);
  sl_console_write("\n", 1);
  __builtin_trap();
}
