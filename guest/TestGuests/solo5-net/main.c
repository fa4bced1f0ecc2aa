// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Sends frames back to where they came from: `[COUNT [raw]]` of them, or without end; with
// their addresses exchanged, or as they are. Then prints how many there were.
#include "raw_manifest.h"
#include "s5.h"

RAW_MANIFEST(RAW_ENTRY("service", HVT_DEVICE_NET));

int main(void) {
  char *words[2];
  int count = s5_arguments(words, 2);
  uint64_t frames = count > 0 ? (uint64_t)s5_number(words[0]) : 0;
  return s5_echo(frames, count > 1 && s5_equal(words[1], "raw"));
}
