// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Does with a disk what is allowed and what is not, and prints the results. Writes to the disk.
#include "raw_manifest.h"
#include "s5.h"
#include "sl_hypercall.h"

RAW_MANIFEST(RAW_ENTRY("storage", HVT_DEVICE_BLOCK));

enum { STORAGE = 1, BUFFER_SIZE = 65536, LARGEST_COUNT = 8, UNSET = 0x5a5a5a5a };

static uint8_t written[BUFFER_SIZE];
static uint8_t read[BUFFER_SIZE];
static int failures;

static void expect(const char *name, int32_t result, int32_t expected) {
  s5_print("%s %d\n", name, result);
  if (result != expected) {
    s5_print("FAILED: %s is not %d\n", name, expected);
    failures++;
  }
}

static int32_t write_block(uint64_t handle, uint64_t offset, uint64_t count) {
  struct hvt_block_write call = {
      .handle = handle, .offset = offset, .data = (uintptr_t)written, .len = count, .ret = UNSET};
  sl_hypercall(HVT_HYPERCALL_BLOCK_WRITE, &call);
  return call.ret;
}

static int32_t read_block(uint64_t handle, uint64_t offset, uint64_t count) {
  struct hvt_block_read call = {
      .handle = handle, .offset = offset, .data = (uintptr_t)read, .len = count, .ret = UNSET};
  sl_hypercall(HVT_HYPERCALL_BLOCK_READ, &call);
  if (call.len != count) {
    s5_print("FAILED: length %lu became %lu\n", count, call.len);
    failures++;
  }
  return call.ret;
}

static int32_t differences(uint64_t from, uint64_t to) {
  int32_t count = 0;
  for (uint64_t i = from; i < to; i++) {
    count += written[i] != read[i];
  }
  return count;
}

static void fill(uint8_t seed) {
  for (uint64_t i = 0; i < BUFFER_SIZE; i++) {
    written[i] = (uint8_t)(i * 7 + (i >> 8) + seed);
    read[i] = 0;
  }
}

static void transfer(const char *name, uint64_t offset, uint64_t count) {
  static uint8_t seed;
  fill(++seed);
  s5_print("%s\n", name);
  expect("write", write_block(STORAGE, offset, count), HVT_OK);
  expect("read", read_block(STORAGE, offset, count), HVT_OK);
  expect("differences", differences(0, count), 0);
}

static void refuse(const char *name, uint64_t handle, uint64_t offset, uint64_t count) {
  s5_print("%s\n", name);
  expect("write", write_block(handle, offset, count), HVT_EINVAL);
  expect("read", read_block(handle, offset, count), HVT_EINVAL);
}

// What was written in one transfer is read in many, and the other way round.
static void transfer_parts(uint64_t block, uint64_t blocks) {
  s5_print("parts\n");
  int32_t wrong = 0;
  for (uint64_t i = 0; i < blocks; i++) {
    wrong += read_block(STORAGE, i * block, block) != HVT_OK;
    for (uint64_t j = 0; j < block; j++) {
      wrong += read[j] != written[i * block + j];
    }
  }
  expect("wrong", wrong, 0);
}

static void refuse_all(uint64_t block, uint64_t capacity) {
  refuse("misaligned offset", STORAGE, 1, block);
  refuse("half a block", STORAGE, block / 2, block);
  refuse("misaligned length", STORAGE, 0, block + 1);
  refuse("length of half a block", STORAGE, 0, block / 2);
  refuse("empty", STORAGE, 0, 0);
  refuse("behind the end", STORAGE, capacity, block);
  refuse("across the end", STORAGE, capacity - block, 2 * block);
  refuse("far behind the end", STORAGE, (uint64_t)1 << 62, block);
  refuse("wrapping", STORAGE, 0 - block, 2 * block);
  refuse("wrapping to the end", STORAGE, 0 - block, block);
  refuse("handle 0", 0, 0, block);
  refuse("handle 2", 2, 0, block);
  refuse("handle 64", 64, 0, block);
  refuse("large handle", ((uint64_t)1 << 32) + STORAGE, 0, block);
}

int main(void) {
  const struct hvt_block_properties *disk = &s5_device(STORAGE)->block;
  uint64_t block = disk->block_size, capacity = disk->capacity;
  s5_print("capacity=%lu block_size=%lu\n", capacity, block);
  uint64_t blocks = BUFFER_SIZE / block < LARGEST_COUNT ? BUFFER_SIZE / block : LARGEST_COUNT;
  if (blocks == 0 || capacity < blocks * block) {
    s5_print("a disk of at least %u blocks is needed\n", LARGEST_COUNT);
    return 2;
  }
  transfer("first block", 0, block);
  transfer("last block", capacity - block, block);
  transfer("last blocks", capacity - blocks * block, blocks * block);
  transfer("first blocks", 0, blocks * block);
  transfer_parts(block, blocks);
  refuse_all(block, capacity);
  expect("first blocks again", read_block(STORAGE, 0, blocks * block), HVT_OK);
  expect("differences", differences(0, blocks * block), 0);
  s5_print(failures == 0 ? "ok\n" : "failed\n");
  return failures == 0 ? 0 : 1;
}
