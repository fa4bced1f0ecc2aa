// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "s5.h"

static void print_device(uint32_t handle) {
  const struct hvt_manifest_entry *entry = s5_device(handle);
  s5_print("device %u name='%s' type=0x%x attached=%u", handle, entry->name, entry->type,
           entry->attached);
  if (entry->type == HVT_DEVICE_BLOCK) {
    s5_print(" capacity=%lu block_size=%u", entry->block.capacity, entry->block.block_size);
  } else if (entry->type == HVT_DEVICE_NET) {
    const uint8_t *mac = entry->net.mac;
    s5_print(" mac=%02x:%02x:%02x:%02x:%02x:%02x mtu=%u", mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5], entry->net.mtu);
  }
  s5_print("\n");
}

void s5_print_info(void) {
  const struct hvt_boot_info *info = s5_boot_info;
  const struct hvt_manifest *manifest = (const void *)(uintptr_t)info->mft;
  s5_print("mem_size=0x%lx\nkernel_end=0x%lx\ncpu_cycle_freq=%lu\n", info->mem_size,
           info->kernel_end, info->cpu_cycle_freq);
  s5_print("host_features=0x%x\nguest_features=0x%x\nnet_ring=0x%lx\n", info->host_features,
           info->guest_features, info->net_ring);
  s5_print("rsp=0x%lx\n", s5_entry_stack);
  s5_print("manifest version=%u entries=%u\n", manifest->version, manifest->entries);
  for (uint32_t handle = 0; handle < manifest->entries; handle++) {
    print_device(handle);
  }
}
