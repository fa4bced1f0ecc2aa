// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_MALLOC_H
#define SL_MALLOC_H

#include <stddef.h>
#include <stdint.h>

/// Starts the heap behind malloc in [start, end).
void sl_malloc_init(uintptr_t start, uintptr_t end, uint64_t key);

/// Bytes of the heap that are in no block.
size_t sl_malloc_available(void);

void *_Nonnull malloc(size_t size);
void free(void *_Nullable block);

#endif
