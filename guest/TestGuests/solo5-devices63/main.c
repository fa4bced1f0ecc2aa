// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Has as many devices as a manifest can have and prints how many of them are attached;
// with `--info` also what each is.
#include "raw_manifest.h"
#include "s5.h"

#define PAIR(number) \
  RAW_ENTRY("net" #number, HVT_DEVICE_NET), RAW_ENTRY("block" #number, HVT_DEVICE_BLOCK)

RAW_MANIFEST(
    PAIR(1), PAIR(2), PAIR(3), PAIR(4), PAIR(5), PAIR(6), PAIR(7), PAIR(8), PAIR(9), PAIR(10),
    PAIR(11), PAIR(12), PAIR(13), PAIR(14), PAIR(15), PAIR(16), PAIR(17), PAIR(18), PAIR(19),
    PAIR(20), PAIR(21), PAIR(22), PAIR(23), PAIR(24), PAIR(25), PAIR(26), PAIR(27), PAIR(28),
    PAIR(29), PAIR(30), PAIR(31), RAW_ENTRY("net32", HVT_DEVICE_NET));

int main(void) {
  const struct hvt_manifest *manifest = (const void *)(uintptr_t)s5_boot_info->mft;
  char *words[1];
  if (s5_arguments(words, 1) > 0 && s5_equal(words[0], "--info")) {
    s5_print_info();
  }
  uint32_t attached = 0, net = 0, block = 0;
  for (uint32_t handle = 0; handle < manifest->entries; handle++) {
    const struct hvt_manifest_entry *entry = s5_device(handle);
    attached += entry->attached;
    net += entry->type == HVT_DEVICE_NET && entry->net.mtu > 0;
    block += entry->type == HVT_DEVICE_BLOCK && entry->block.capacity > 0;
  }
  s5_print("%u attached: %u net, %u block\n", attached, net, block);
  return 0;
}
