// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Ends with `STATUS`, and with `cookie` behind it with a cookie of 512 bytes: 0, 1, 2...
#include "raw_manifest.h"
#include "s5.h"

RAW_MANIFEST();

int main(void) {
  static uint8_t cookie[HVT_HALT_COOKIE_SIZE];
  char *words[2];
  int count = s5_arguments(words, 2);
  int32_t status = count > 0 ? (int32_t)s5_number(words[0]) : 0;
  for (int i = 0; i < HVT_HALT_COOKIE_SIZE; i++) {
    cookie[i] = (uint8_t)i;
  }
  s5_halt(status, count > 1 && s5_equal(words[1], "cookie") ? cookie : NULL);
}
