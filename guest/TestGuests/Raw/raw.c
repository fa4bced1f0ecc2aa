// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "raw.h"

#include <stdarg.h>

#include "sl_boot.h"
#include "sl_console.h"
#include "sl_format.h"

uint8_t raw_buffer[RAW_BUFFER_SIZE] __attribute__((aligned(4096)));

static const uint64_t constant = 1;
static uint64_t variable = 1;

extern char _start[];

void raw_print(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  sl_format(text, sizeof(text), format, arguments);
  va_end(arguments);
  sl_console_write(text, strlen(text));
}

int raw_equal(const char *left, const char *right) {
  for (; *left != 0 && *left == *right; left++, right++) {
  }
  return *left == *right;
}

int raw_arguments(char *words[], int limit) {
  static char line[HVT_COMMAND_LINE_MAX + 1];
  const char *source = sl_command_line();
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

static uint64_t number(const char *text) {
  uint64_t radix = 10;
  if (text[0] == '0' && text[1] == 'x') {
    radix = 16;
    text += 2;
  }
  uint64_t value = 0;
  do {
    uint64_t digit = *text <= '9' ? (uint64_t)(*text - '0') : (uint64_t)(*text - 'a' + 10);
    if (digit >= radix) {
      raw_print("not a number: %s\n", text);
      exit(2);
    }
    value = value * radix + digit;
  } while (*++text != 0);
  return value;
}

uint64_t raw_value(const char *text) {
  const struct hvt_native_boot_info *info = sl_boot_info;
  const struct {
    const char *name;
    uint64_t address;
  } names[] = {
      {"text", (uintptr_t)_start},
      {"rodata", (uintptr_t)&constant},
      {"data", (uintptr_t)&variable},
      {"buffer", (uintptr_t)raw_buffer},
      {"heap", info->heap_start},
      {"heap_end", info->heap_end},
      {"stack", (uintptr_t)__builtin_frame_address(0)},
      {"stack_bottom", info->stack_bottom},
      {"stack_top", info->stack_top},
      {"kernel_end", info->base.kernel_end},
      {"boot_info", (uintptr_t)info},
      {"cmdline", info->base.cmdline},
      {"manifest", info->base.mft},
  };
  if (*text >= '0' && *text <= '9') {
    return number(text);
  }
  char name[32];
  size_t length = 0;
  while (text[length] != 0 && text[length] != '+' && text[length] != '-' &&
         length + 1 < sizeof(name)) {
    name[length] = text[length];
    length++;
  }
  name[length] = 0;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (raw_equal(name, names[i].name)) {
      uint64_t offset = text[length] == 0 ? 0 : number(text + length + 1);
      return text[length] == '-' ? names[i].address - offset : names[i].address + offset;
    }
  }
  raw_print("not a name: %s\n", name);
  exit(2);
}

int raw_is_writable(uint64_t address) {
  const struct hvt_native_boot_info *info = sl_boot_info;
  return (address >= (uintptr_t)raw_buffer && address < (uintptr_t)raw_buffer + RAW_BUFFER_SIZE) ||
         (address >= info->heap_start && address < info->heap_end) ||
         (address >= info->stack_bottom && address < info->stack_top);
}
