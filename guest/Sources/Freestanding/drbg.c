// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_drbg.h"

#include "sl_chacha20.h"

void sl_drbg_init(
    struct sl_drbg *drbg, const uint32_t seed[SL_DRBG_KEY_WORDS],
    const uint32_t second[SL_DRBG_KEY_WORDS + 3]) {
  uint32_t block[16];
  sl_chacha20_block(block, seed, 0, second + SL_DRBG_KEY_WORDS);
  for (int i = 0; i < SL_DRBG_KEY_WORDS; i++) {
    drbg->key[i] = block[i] ^ second[i];
    *(volatile uint32_t *)&block[i] = 0;
  }
  drbg->available = 0;
}

static void refill(struct sl_drbg *drbg) {
  static const uint32_t nonce[3] = {0, 0, 0};
  for (uint32_t block = 0; block < SL_DRBG_BLOCKS; block++) {
    sl_chacha20_block(drbg->buffer + 16 * block, drbg->key, block, nonce);
  }
  for (int i = 0; i < SL_DRBG_KEY_WORDS; i++) {
    drbg->key[i] = drbg->buffer[i];
    drbg->buffer[i] = 0;
  }
  drbg->available = sizeof(drbg->buffer) - sizeof(drbg->key);
}

void sl_drbg_fill(struct sl_drbg *drbg, void *out, size_t count) {
  uint8_t *target = out;
  while (count > 0) {
    if (drbg->available == 0) {
      refill(drbg);
    }
    size_t part = count < drbg->available ? count : drbg->available;
    uint8_t *source = (uint8_t *)drbg->buffer + sizeof(drbg->buffer) - drbg->available;
    for (size_t i = 0; i < part; i++) {
      target[i] = source[i];
      source[i] = 0;
    }
    drbg->available -= (uint32_t)part;
    target += part;
    count -= part;
  }
}
