// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Makes one hypercall with any argument block: `NUMBER [FIELD=VALUE...] [block=ADDRESS]`, such as
// `7 handle=1 data=0xffffffff len=100`. Fields that are not given are right: the guest's own
// buffer,
// 512 bytes, the first device of the call's kind. Values are numbers or addresses by name (raw.h).
// `block` is where the argument block is to be; what of it the guest may write, it writes. Prints
// the fields that the call gives back.
#include <hvt_abi.h>

#include "raw.h"
#include "raw_manifest.h"
#include "sl_hypercall.h"

RAW_MANIFEST(RAW_ENTRY("service", HVT_DEVICE_NET), RAW_ENTRY("storage", HVT_DEVICE_BLOCK));

enum { NET = 1, STORAGE = 2, MAX_FIELDS = 5, MAX_WORDS = 16 };

struct field {
  const char *name;
  uint8_t offset;
  uint8_t size;
  uint8_t is_result;
};

#define IN(type, field) {#field, offsetof(struct type, field), sizeof(((struct type *)0)->field), 0}
#define OUT(type, field) \
  {#field, offsetof(struct type, field), sizeof(((struct type *)0)->field), 1}

static const struct call {
  uint8_t size;
  uint8_t handle;
  struct field fields[MAX_FIELDS];
} calls[] = {
    [HVT_HYPERCALL_WALLTIME] = {sizeof(struct hvt_walltime), 0, {OUT(hvt_walltime, nsecs)}},
    [HVT_HYPERCALL_PUTS] =
        {sizeof(struct hvt_puts), 0, {IN(hvt_puts, data), IN(hvt_puts, len)}},
    [HVT_HYPERCALL_POLL] =
        {sizeof(struct hvt_poll),
         0,
         {IN(hvt_poll, timeout_nsecs), OUT(hvt_poll, ready_set), OUT(hvt_poll, ret)}},
    [HVT_HYPERCALL_BLOCK_WRITE] =
        {sizeof(struct hvt_block_write),
         STORAGE,
         {IN(hvt_block_write, handle), IN(hvt_block_write, offset), IN(hvt_block_write, data),
          IN(hvt_block_write, len), OUT(hvt_block_write, ret)}},
    [HVT_HYPERCALL_BLOCK_READ] =
        {sizeof(struct hvt_block_read),
         STORAGE,
         {IN(hvt_block_read, handle), IN(hvt_block_read, offset), IN(hvt_block_read, data),
          OUT(hvt_block_read, len), OUT(hvt_block_read, ret)}},
    [HVT_HYPERCALL_NET_WRITE] =
        {sizeof(struct hvt_net_write),
         NET,
         {IN(hvt_net_write, handle), IN(hvt_net_write, data), IN(hvt_net_write, len),
          OUT(hvt_net_write, ret)}},
    [HVT_HYPERCALL_NET_READ] =
        {sizeof(struct hvt_net_read),
         NET,
         {IN(hvt_net_read, handle), IN(hvt_net_read, data), OUT(hvt_net_read, len),
          OUT(hvt_net_read, ret)}},
    [HVT_HYPERCALL_HALT] =
        {sizeof(struct hvt_halt), 0, {IN(hvt_halt, cookie), IN(hvt_halt, exit_status)}},
};

enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

static void set(uint8_t *block, const struct field *field, uint64_t value) {
  for (int i = 0; i < field->size; i++) {
    block[field->offset + i] = (uint8_t)(value >> (8 * i));
  }
}

static uint64_t get(const uint8_t *block, const struct field *field) {
  uint64_t value = 0;
  for (int i = 0; i < field->size; i++) {
    value |= (uint64_t)block[field->offset + i] << (8 * i);
  }
  return value;
}

// The text behind `NAME=`, or null when the word is of another name.
static const char *value_of(const char *word, const char *name) {
  for (; *name != 0; word++, name++) {
    if (*word != *name) {
      return NULL;
    }
  }
  return *word == '=' ? word + 1 : NULL;
}

static uint64_t default_of(const struct call *call, const struct field *field) {
  if (raw_equal(field->name, "data")) {
    return (uintptr_t)raw_buffer + 4096;
  }
  if (raw_equal(field->name, "len")) {
    return 512;
  }
  if (raw_equal(field->name, "ret")) {
    return 0x5a5a5a5a;
  }
  return raw_equal(field->name, "handle") ? call->handle : 0;
}

static void fill(const struct call *call, uint8_t *block, char *words[], int count) {
  for (const struct field *field = call->fields;
       field < call->fields + MAX_FIELDS && field->name != NULL; field++) {
    set(block, field, default_of(call, field));
    for (int i = 1; i < count; i++) {
      const char *value = value_of(words[i], field->name);
      if (value != NULL) {
        set(block, field, raw_value(value));
      }
    }
  }
}

int main(void) {
  char *words[MAX_WORDS];
  int count = raw_arguments(words, MAX_WORDS);
  uint64_t number = count > 0 ? raw_value(words[0]) : 0;
  if (number == 0 || number >= CALLS) {
    raw_print("usage: NUMBER [FIELD=VALUE...] [block=ADDRESS]\n");
    return 2;
  }
  const struct call *call = &calls[number];
  uint8_t block[64] = {0};
  fill(call, block, words, count);
  uint64_t address = (uintptr_t)raw_buffer;
  for (int i = 1; i < count; i++) {
    const char *value = value_of(words[i], "block");
    address = value != NULL ? raw_value(value) : address;
  }
  uint8_t *target = (uint8_t *)address;
  for (int i = 0; i < call->size && raw_is_writable(address + (uint64_t)i); i++) {
    target[i] = block[i];
  }
  sl_hypercall((uint16_t)number, target);
  for (const struct field *field = call->fields;
       field < call->fields + MAX_FIELDS && field->name != NULL; field++) {
    if (field->is_result) {
      raw_print("%s=%lu ", field->name, get(target, field));
    }
  }
  raw_print("done\n");
  return 0;
}
