// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Block memory routines. The guest's linker script gives them the C library's names.
#ifndef SL_MEMORY_H
#define SL_MEMORY_H

#include <stddef.h>

/// memcpy: the blocks do not overlap.
void *sl_memory_copy(void *restrict to, const void *restrict from, size_t count);

/// memmove: the blocks may overlap.
void *sl_memory_move(void *to, const void *from, size_t count);

/// memset.
void *sl_memory_set(void *to, int byte, size_t count);

/// memcmp.
int sl_memory_compare(const void *left, const void *right, size_t count);

#endif
