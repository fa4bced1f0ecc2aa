// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_hypercall.h"

#include <hvt_abi.h>

void sl_hypercall(uint16_t number, void *block) {
  __asm__ volatile("outl %0, %1"
                   :
                   : "a"((uint32_t)(uintptr_t)block), "d"((uint16_t)(HVT_HYPERCALL_PORT + number))
                   : "memory");
}

void sl_doorbell(void) {
  __asm__ volatile("outl %0, %1" : : "a"(0), "d"((uint16_t)HVT_DOORBELL_PORT) : "memory");
}

uint64_t sl_hypercall_walltime(void) {
  struct hvt_walltime call = {0};
  sl_hypercall(HVT_HYPERCALL_WALLTIME, &call);
  return call.nsecs;
}

void sl_hypercall_puts(const char *bytes, size_t count) {
  struct hvt_puts call = {.data = (uintptr_t)bytes, .len = count};
  sl_hypercall(HVT_HYPERCALL_PUTS, &call);
}

uint64_t sl_hypercall_poll(uint64_t timeout_nanoseconds) {
  struct hvt_poll call = {.timeout_nsecs = timeout_nanoseconds};
  sl_hypercall(HVT_HYPERCALL_POLL, &call);
  return call.ret > 0 ? call.ready_set : 0;
}

int32_t sl_hypercall_block_read(uint64_t handle, uint64_t offset, void *bytes, size_t count) {
  struct hvt_block_read call = {
      .handle = handle, .offset = offset, .data = (uintptr_t)bytes, .len = count};
  sl_hypercall(HVT_HYPERCALL_BLOCK_READ, &call);
  return call.ret;
}

int32_t sl_hypercall_block_write(
    uint64_t handle, uint64_t offset, const void *bytes, size_t count) {
  struct hvt_block_write call = {
      .handle = handle, .offset = offset, .data = (uintptr_t)bytes, .len = count};
  sl_hypercall(HVT_HYPERCALL_BLOCK_WRITE, &call);
  return call.ret;
}

int32_t sl_hypercall_net_read(uint64_t handle, void *bytes, size_t *count) {
  struct hvt_net_read call = {.handle = handle, .data = (uintptr_t)bytes, .len = *count};
  sl_hypercall(HVT_HYPERCALL_NET_READ, &call);
  *count = call.len;
  return call.ret;
}

void sl_net_discard(uint64_t handle) {
  static char frame[2048];
  size_t count = sizeof(frame);
  sl_hypercall_net_read(handle, frame, &count);
}

int32_t sl_hypercall_net_write(uint64_t handle, const void *bytes, size_t count) {
  struct hvt_net_write call = {.handle = handle, .data = (uintptr_t)bytes, .len = count};
  sl_hypercall(HVT_HYPERCALL_NET_WRITE, &call);
  return call.ret;
}

void sl_hypercall_halt(int32_t status) {
  struct hvt_halt call = {.cookie = 0, .exit_status = status};
  for (;;) {
    sl_hypercall(HVT_HYPERCALL_HALT, &call);
  }
}
