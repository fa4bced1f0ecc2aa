// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_ENTROPY_H
#define SL_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/// Takes the secret that the generator starts from.
void sl_entropy_init(const uint32_t seed[_Nonnull 8]);

/// Fills memory with random bytes that are fit for keys.
void sl_entropy_fill(void *_Nonnull bytes, size_t count);

#endif
