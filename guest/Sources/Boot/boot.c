// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_boot.h"
#include "sl_chacha20.h"
#include "sl_clock.h"
#include "sl_entropy.h"
#include "sl_malloc.h"
#include "sl_panic.h"
#include "stack_protector.h"

int main(int argc, char **argv);
_Noreturn void exit(int status);
_Noreturn void sl_boot(const struct hvt_native_boot_info *info);

static uint64_t take(const uint32_t words[2]) { return (uint64_t)words[0] << 32 | words[1]; }

// Starts what needs a secret, each from one of its own, and returns the stack protector's. They
// come from the tender's seed, which is erased: nobody else is to draw from it.
static uint64_t spread_seed(const struct hvt_native_boot_info *info) {
  static const uint32_t nonce[3] = {0, 0, 0};
  volatile uint32_t *seed = (volatile uint32_t *)(uintptr_t)info->seed;
  uint32_t secrets[16];
  sl_chacha20_block(secrets, (const uint32_t *)seed, 0, nonce);
  for (int i = 0; i < HVT_SEED_SIZE / 4; i++) {
    seed[i] = 0;
  }
  sl_entropy_init(secrets);
  sl_malloc_init(info->heap_start, info->heap_end, take(secrets + 8));
  uint64_t canary = take(secrets + 10);
  for (int i = 0; i < 16; i++) {
    ((volatile uint32_t *)secrets)[i] = 0;
  }
  return canary;
}

__attribute__((no_stack_protector)) void sl_boot(const struct hvt_native_boot_info *info) {
  sl_boot_info = info;
  sl_stack_protector_start();
  if (info->version < HVT_NATIVE_VERSION ||
      info->size < offsetof(struct hvt_native_boot_info, queues)) {
    sl_panic("boot information version %u of %u bytes is not known", info->version, info->size);
  }
  sl_clock_init(info->base.cpu_cycle_freq);
  sl_stack_protector_set(spread_seed(info));
  exit(main(0, NULL));
}
