// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "frame.h"

#include <string.h>

enum {
  ADDRESS_SIZE = 6,
  HEADER_SIZE = 14,
  TAG_SIZE = 4,
  TAG_TYPE = 0x8100,
  POOL_SIZE = 1 << 17,
  POOL_STARTS = 1 << 16,
  LARGEST_FRAME = LARGEST_MTU + HEADER_SIZE + TAG_SIZE,
};

#define PROBE 0xffffffffUL

static uint64_t run;
// Random bytes; the payload of a frame begins anywhere in them.
static uint8_t pool[POOL_SIZE];

// A number that looks random, for each number (splitmix64).
static uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15UL;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9UL;
  value = (value ^ value >> 27) * 0x94d049bb133111ebUL;
  return value ^ value >> 31;
}

void frame_run(unsigned number) {
  run = mix(number);
  for (uint64_t index = 0; index < POOL_SIZE; index += sizeof run) {
    uint64_t word = mix(run + index);
    memcpy(pool + index, &word, sizeof word);
  }
}

static void put(uint8_t *bytes, uint64_t value, int count) {
  while (count-- > 0) {
    bytes[count] = (uint8_t)value;
    value >>= 8;
  }
}

static uint64_t get(const uint8_t *bytes, int count) {
  uint64_t value = 0;
  for (int index = 0; index < count; index++) value = value << 8 | bytes[index];
  return value;
}

// An address of this run, local and individual, with `value` in its lower four bytes.
static void put_address(uint8_t *address, uint64_t value) {
  put(address, (run & 0xfcff) | 0x0200, 2);
  put(address + 2, value, 4);
}

static bool is_address(const uint8_t *address) {
  return get(address, 2) == ((run & 0xfcff) | 0x0200);
}

// A checksum of the frame's number, its size and everything behind the addresses.
static uint64_t checksum(const uint8_t *frame, size_t size, uint64_t number) {
  uint64_t sum = mix(number) ^ size;
  size_t offset = 2 * ADDRESS_SIZE;
  for (; offset + sizeof sum <= size; offset += sizeof sum) {
    uint64_t word;
    memcpy(&word, frame + offset, sizeof word);
    sum = ((sum << 7 | sum >> 57) ^ word) * 0x9e3779b97f4a7c15UL;
  }
  for (; offset < size; offset++) sum = (sum ^ frame[offset]) * 0x100000001b3UL;
  return (sum ^ sum >> 32) & 0xffffffff;
}

// The size of a frame and whether it has a tag. One in eight is the smallest, one the largest.
static size_t shape(uint64_t random, uint64_t mtu, bool *is_tagged) {
  *is_tagged = random % 4 == 0;
  size_t header = HEADER_SIZE, least = HEADER_SIZE;
  if (*is_tagged) {
    header += TAG_SIZE;
    // The kernel wants two bytes behind a tag.
    least = header + 2;
  }
  size_t most = header + mtu;
  switch (random / 4 % 8) {
    case 0: return least;
    case 1: return most;
    default: return least + random / 32 % (most - least + 1);
  }
}

size_t frame_make(uint8_t *frame, uint64_t number, uint64_t mtu) {
  uint64_t random = mix(run ^ number);
  bool is_tagged;
  size_t size = shape(random, mtu, &is_tagged);
  uint8_t *type = frame + 2 * ADDRESS_SIZE;
  if (is_tagged) {
    put(type, TAG_TYPE, 2);
    put(type + 2, 1 + random % 4000, 2);
    type += TAG_SIZE;
  }
  put(type, FRAME_TYPE, 2);
  uint8_t *payload = type + 2;
  memcpy(payload, pool + (random >> 32) % POOL_STARTS, (size_t)(frame + size - payload));
  put_address(frame, number);
  put_address(frame + ADDRESS_SIZE, checksum(frame, size, number));
  return size;
}

size_t frame_make_probe(uint8_t *frame) {
  memset(frame, 0, HEADER_SIZE);
  put(frame + 2 * ADDRESS_SIZE, FRAME_TYPE, 2);
  put_address(frame, PROBE);
  put_address(frame + ADDRESS_SIZE, checksum(frame, HEADER_SIZE, PROBE));
  return HEADER_SIZE;
}

size_t frame_insert_tag(uint8_t *frame, size_t size, uint32_t tag) {
  uint8_t *type = frame + 2 * ADDRESS_SIZE;
  memmove(type + TAG_SIZE, type, size - 2 * ADDRESS_SIZE);
  put(type, tag, TAG_SIZE);
  return size + TAG_SIZE;
}

// What is different in a frame of this run that has come back.
static const char *difference(const uint8_t *frame, size_t size, uint64_t number, uint64_t mtu) {
  static uint8_t expected[LARGEST_FRAME];
  if (size < HEADER_SIZE) return "came back without its header";
  size_t expected_size = frame_make(expected, number, mtu);
  if (size != expected_size) return "came back with another size";
  if (memcmp(frame, expected + ADDRESS_SIZE, ADDRESS_SIZE) != 0)
    return "came back with another checksum";
  if (memcmp(frame + 2 * ADDRESS_SIZE, expected + 2 * ADDRESS_SIZE, size - 2 * ADDRESS_SIZE) != 0)
    return "came back altered";
  return NULL;
}

struct arrival frame_check(const uint8_t *frame, size_t size, uint64_t mtu) {
  struct arrival arrival = {.size = size, .number = get(frame + 8, 4)};
  arrival.is_ours = is_address(frame) && is_address(frame + ADDRESS_SIZE);
  if (!arrival.is_ours || (arrival.number == PROBE && size == HEADER_SIZE)) return arrival;
  arrival.difference = difference(frame, size, arrival.number, mtu);
  return arrival;
}
