// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_BOOT_H
#define SL_BOOT_H

#include <hvt_abi.h>
#include <stdint.h>

/// What the tender says about this machine. It lies in memory that never changes.
extern const struct hvt_native_boot_info *_Nonnull sl_boot_info;

/// The command line, NUL-terminated.
const char *_Nonnull sl_command_line(void);

size_t strlen(const char *_Nonnull text);

/// The manifest's entry for `handle`, or null when there is none.
const struct hvt_manifest_entry *_Nullable sl_manifest_entry(uint64_t handle);

/// The queue of the device `handle` that is for `kind`, or null when there is none.
const struct hvt_queue *_Nullable sl_queue(uint64_t handle, uint16_t kind);

#endif
