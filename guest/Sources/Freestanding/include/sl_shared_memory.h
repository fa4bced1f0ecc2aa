// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Accesses to memory that another processor reads and writes at the same time.
#ifndef SL_SHARED_MEMORY_H
#define SL_SHARED_MEMORY_H

#include <stdint.h>

/// Reads a value. What is read after it is at least as new.
static inline uint16_t sl_load_acquire(const uint16_t *_Nonnull from) {
  return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

/// Writes a value. Whoever sees it sees what was written before it as well.
static inline void sl_store_release(uint16_t *_Nonnull to, uint16_t value) {
  __atomic_store_n(to, value, __ATOMIC_RELEASE);
}

/// Makes everything written before it visible before anything after it is read.
static inline void sl_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

#endif
