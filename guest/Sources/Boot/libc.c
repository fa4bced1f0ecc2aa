// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The rest of the C library that Swift's runtime calls.
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sl_clock.h"
#include "sl_console.h"
#include "sl_decimal.h"
#include "sl_format.h"
#include "sl_hypercall.h"
#include "sl_panic.h"

struct timespec {
  int64_t seconds;
  int64_t nanoseconds;
};

_Noreturn void exit(int status);
_Noreturn void abort(void);
size_t strlen(const char *text);
char *strncpy(char *to, const char *from, size_t count);
int puts(const char *text);
int fputs(const char *text, void *stream);
int fflush(void *stream);
int vprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
int vsnprintf(char *out, size_t capacity, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int clock_gettime(int clock, struct timespec *time);
int clock_getres(int clock, struct timespec *time);
const char *_swift_stdlib_strtod_clocale(const char *text, double *result);
const char *_swift_stdlib_strtof_clocale(const char *text, float *result);

static bool serves_queues_at_exit;

void sl_serve_queues_at_exit(void) { serves_queues_at_exit = true; }

extern void *stderr;
void *stderr;  // every stream is the console

void exit(int status) {
  sl_console_flush();
  if (serves_queues_at_exit) {
    sl_hypercall_poll(0);
  }
  sl_hypercall_halt(status);
}

void abort(void) { sl_panic("abort"); }

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) {
    length++;
  }
  return length;
}

char *strncpy(char *to, const char *from, size_t count) {
  size_t i = 0;
  for (; i < count && from[i] != 0; i++) {
    to[i] = from[i];
  }
  for (; i < count; i++) {
    to[i] = 0;
  }
  return to;
}

int fputs(const char *text, void *stream) {
  (void)stream;
  sl_console_write(text, strlen(text));
  return 0;
}

int puts(const char *text) {
  fputs(text, NULL);
  sl_console_write("\n", 1);
  return 0;
}

int fflush(void *stream) {
  (void)stream;
  sl_console_flush();
  return 0;
}

int vsnprintf(char *out, size_t capacity, const char *format, va_list arguments) {
  return sl_format(out, capacity, format, arguments);
}

int vprintf(const char *format, va_list arguments) {
  char text[512];
  int length = sl_format(text, sizeof(text), format, arguments);
  fputs(text, NULL);
  return length;
}

// The runtime numbers its clocks as Linux does.
enum { CLOCK_REALTIME = 0 };

int clock_gettime(int clock, struct timespec *time) {
  uint64_t now = clock == CLOCK_REALTIME ? sl_clock_wall() : sl_clock_monotonic();
  time->seconds = (int64_t)(now / 1000000000);
  time->nanoseconds = (int64_t)(now % 1000000000);
  return 0;
}

int clock_getres(int clock, struct timespec *time) {
  (void)clock;
  *time = (struct timespec){.seconds = 0, .nanoseconds = 1};
  return 0;
}

// `Double(_: String)` and `Float(_: String)`.
const char *_swift_stdlib_strtod_clocale(const char *text, double *result) {
  return sl_parse_double(text, result);
}

const char *_swift_stdlib_strtof_clocale(const char *text, float *result) {
  return sl_parse_float(text, result);
}
