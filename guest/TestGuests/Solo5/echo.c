// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "s5.h"
#include "sl_hypercall.h"

enum { FRAME_SIZE = 65536, ADDRESS_SIZE = 6, MAX_DEVICES = 64 };

static uint8_t frame[FRAME_SIZE];
static uint64_t frames[MAX_DEVICES];
static uint64_t bytes[MAX_DEVICES];

static void exchange_addresses(void) {
  for (int i = 0; i < ADDRESS_SIZE; i++) {
    uint8_t byte = frame[i];
    frame[i] = frame[i + ADDRESS_SIZE];
    frame[i + ADDRESS_SIZE] = byte;
  }
}

// Returns whether there was a frame.
static int echo_frame(uint64_t handle, int is_raw) {
  size_t count = FRAME_SIZE;
  int32_t result = sl_hypercall_net_read(handle, frame, &count);
  if (result != HVT_OK) {
    return 0;
  }
  if (!is_raw) {
    exchange_addresses();
  }
  result = sl_hypercall_net_write(handle, frame, count);
  if (result != HVT_OK) {
    s5_print("net_write of %lu bytes: %d\n", count, result);
    s5_halt(1, NULL);
  }
  frames[handle]++;
  bytes[handle] += count;
  return 1;
}

int s5_echo(uint64_t count, int is_raw) {
  const struct hvt_manifest *manifest = (const void *)(uintptr_t)s5_boot_info->mft;
  uint64_t echoed = 0;
  s5_print("ready\n");
  while (count == 0 || echoed < count) {
    uint64_t ready = sl_hypercall_poll(UINT64_MAX);
    for (uint32_t handle = 1; handle < manifest->entries; handle++) {
      while (ready >> handle & 1 && (count == 0 || echoed < count) &&
             echo_frame(handle, is_raw)) {
        echoed++;
      }
    }
  }
  for (uint32_t handle = 1; handle < manifest->entries; handle++) {
    s5_print(
        "%s: %lu frames, %lu bytes\n", s5_device(handle)->name, frames[handle], bytes[handle]);
  }
  return 0;
}
