// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_DRBG_H
#define SL_DRBG_H

#include <stddef.h>
#include <stdint.h>

enum { SL_DRBG_KEY_WORDS = 8, SL_DRBG_BLOCKS = 4, SL_DRBG_WORDS = SL_DRBG_BLOCKS * 16 };

/// A generator of random bytes: ChaCha20 that replaces its key with each buffer's first bytes and
/// erases what it has handed out, so that its state never tells what it returned before.
struct sl_drbg {
  uint32_t key[SL_DRBG_KEY_WORDS];
  uint32_t buffer[SL_DRBG_WORDS];
  uint32_t available;  // bytes at the end of `buffer` that were not handed out
};

/// Starts `drbg` from two independent sources. It is unpredictable when either of them is.
void sl_drbg_init(
    struct sl_drbg *drbg, const uint32_t seed[SL_DRBG_KEY_WORDS],
    const uint32_t second[SL_DRBG_KEY_WORDS + 3]);

/// Fills `count` bytes at `out`.
void sl_drbg_fill(struct sl_drbg *drbg, void *out, size_t count);

#endif
