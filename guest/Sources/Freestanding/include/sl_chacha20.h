// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_CHACHA20_H
#define SL_CHACHA20_H

#include <stdint.h>

/// One block of the ChaCha20 key stream (RFC 8439, section 2.3) as words.
void sl_chacha20_block(
    uint32_t out[16], const uint32_t key[8], uint32_t counter, const uint32_t nonce[3]);

#endif
