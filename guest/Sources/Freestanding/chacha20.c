// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_chacha20.h"

static inline uint32_t rotate(uint32_t value, int count) {
  return value << count | value >> (32 - count);
}

static inline void quarter_round(uint32_t state[16], int a, int b, int c, int d) {
  state[a] += state[b];
  state[d] = rotate(state[d] ^ state[a], 16);
  state[c] += state[d];
  state[b] = rotate(state[b] ^ state[c], 12);
  state[a] += state[b];
  state[d] = rotate(state[d] ^ state[a], 8);
  state[c] += state[d];
  state[b] = rotate(state[b] ^ state[c], 7);
}

void sl_chacha20_block(
    uint32_t out[16], const uint32_t key[8], uint32_t counter, const uint32_t nonce[3]) {
  uint32_t initial[16] = {
      0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,  // "expand 32-byte k"
      key[0],     key[1],     key[2],     key[3],     key[4], key[5], key[6], key[7],
      counter,    nonce[0],   nonce[1],   nonce[2],
  };
  uint32_t state[16];
  for (int i = 0; i < 16; i++) {
    state[i] = initial[i];
  }
  for (int round = 0; round < 20; round += 2) {
    for (int column = 0; column < 4; column++) {
      quarter_round(state, column, 4 + column, 8 + column, 12 + column);
    }
    for (int i = 0; i < 4; i++) {
      quarter_round(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
  }
  for (int i = 0; i < 16; i++) {
    out[i] = state[i] + initial[i];
  }
}
