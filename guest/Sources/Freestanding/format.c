// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_format.h"

#include <stdbool.h>
#include <stdint.h>

// Nothing here is ever in a hurry.
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)

struct output {
  char *bytes;
  size_t capacity;
  size_t count;  // as if there were room for everything
};

struct directive {
  bool zero_padded;
  bool is_long;
  int width;
  int precision;  // -1: none
  char conversion;
};

static void put(struct output *out, char byte) {
  if (out->count + 1 < out->capacity) {
    out->bytes[out->count] = byte;
  }
  out->count++;
}

static void put_padding(struct output *out, char byte, int count) {
  for (; count > 0; count--) {
    put(out, byte);
  }
}

static int parse_number(const char **text, va_list *arguments) {
  if (**text == '*') {
    (*text)++;
    return va_arg(*arguments, int);
  }
  int number = 0;
  for (; **text >= '0' && **text <= '9'; (*text)++) {
    number = number * 10 + (**text - '0');
  }
  return number;
}

// Leaves `*text` behind the conversion character, or on the end of the string.
static struct directive parse_directive(const char **text, va_list *arguments) {
  struct directive directive = {.precision = -1};
  if (**text == '0') {
    directive.zero_padded = true;
    (*text)++;
  }
  directive.width = parse_number(text, arguments);
  if (**text == '.') {
    (*text)++;
    directive.precision = parse_number(text, arguments);
  }
  for (; **text == 'l' || **text == 'z'; (*text)++) {
    directive.is_long = true;
  }
  directive.conversion = **text;
  if (**text != 0) {
    (*text)++;
  }
  return directive;
}

static void put_number(
    struct output *out, struct directive directive, uint64_t magnitude, unsigned radix,
    const char *prefix) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = "0123456789abcdef"[magnitude % radix];
    magnitude /= radix;
  } while (magnitude != 0);
  int length = count;
  for (const char *next = prefix; *next != 0; next++) {
    length++;
  }
  if (!directive.zero_padded) {
    put_padding(out, ' ', directive.width - length);
  }
  for (; *prefix != 0; prefix++) {
    put(out, *prefix);
  }
  if (directive.zero_padded) {
    put_padding(out, '0', directive.width - length);
  }
  while (count > 0) {
    put(out, digits[--count]);
  }
}

static void put_string(struct output *out, struct directive directive, const char *text) {
  if (text == NULL) {
    text = "(null)";
  }
  int length = 0;
  while (length != directive.precision && text[length] != 0) {
    length++;
  }
  put_padding(out, ' ', directive.width - length);
  for (int i = 0; i < length; i++) {
    put(out, text[i]);
  }
}

// Returns false when the conversion is not one that this knows.
static bool put_directive(struct output *out, struct directive directive, va_list *arguments) {
  switch (directive.conversion) {
    case '%':
      put(out, '%');
      return true;
    case 'c':
      put(out, (char)va_arg(*arguments, int));
      return true;
    case 's':
      put_string(out, directive, va_arg(*arguments, const char *));
      return true;
    case 'd':
    case 'i': {
      int64_t value = directive.is_long ? va_arg(*arguments, long) : va_arg(*arguments, int);
      uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
      put_number(out, directive, magnitude, 10, value < 0 ? "-" : "");
      return true;
    }
    case 'u':
    case 'x': {
      uint64_t value =
          directive.is_long ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
      put_number(out, directive, value, directive.conversion == 'x' ? 16 : 10, "");
      return true;
    }
    case 'p':
      put_number(out, directive, (uintptr_t)va_arg(*arguments, void *), 16, "0x");
      return true;
    default:
      return false;
  }
}

int sl_format(char *bytes, size_t capacity, const char *format, va_list arguments) {
  struct output out = {.bytes = bytes, .capacity = capacity};
  va_list rest;
  va_copy(rest, arguments);
  while (*format != 0) {
    const char *start = format;
    if (*format++ != '%') {
      put(&out, *start);
      continue;
    }
    struct directive directive = parse_directive(&format, &rest);
    if (!put_directive(&out, directive, &rest)) {
      for (; start < format; start++) {
        put(&out, *start);
      }
    }
  }
  va_end(rest);
  if (capacity > 0) {
    bytes[out.count < capacity ? out.count : capacity - 1] = 0;
  }
  return (int)out.count;
}

#pragma clang attribute pop
