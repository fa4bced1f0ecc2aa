// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_boot.h"

const struct hvt_native_boot_info *sl_boot_info;

const char *sl_command_line(void) { return (const char *)(uintptr_t)sl_boot_info->base.cmdline; }

const struct hvt_manifest_entry *sl_manifest_entry(uint64_t handle) {
  const struct hvt_manifest *manifest =
      (const struct hvt_manifest *)(uintptr_t)sl_boot_info->base.mft;
  if (handle >= manifest->entries) {
    return NULL;
  }
  return (const struct hvt_manifest_entry *)(manifest + 1) + handle;
}

const struct hvt_queue *sl_queue(uint64_t handle, uint16_t kind) {
  // A tender that does not know queues gives boot information without them.
  if (sl_boot_info->size < offsetof(struct hvt_native_boot_info, reserved)) {
    return NULL;
  }
  const struct hvt_queue *table = (const struct hvt_queue *)(uintptr_t)sl_boot_info->queues;
  for (uint32_t i = 0; table != NULL && i < sl_boot_info->queue_count; i++) {
    if (table[i].handle == handle && table[i].kind == kind) {
      return &table[i];
    }
  }
  return NULL;
}
