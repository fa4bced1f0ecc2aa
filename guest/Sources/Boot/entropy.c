// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_entropy.h"

#include <cpuid.h>
#include <stdbool.h>

#include "sl_drbg.h"

void arc4random_buf(void *bytes, size_t count);

enum { PROCESSOR_WORDS = SL_DRBG_KEY_WORDS + 3, ATTEMPTS = 10 };

static uint32_t tender_seed[SL_DRBG_KEY_WORDS];
static struct sl_drbg generator;
static bool is_started;

void sl_entropy_init(const uint32_t seed[8]) {
  for (int i = 0; i < SL_DRBG_KEY_WORDS; i++) {
    tender_seed[i] = seed[i];
  }
}

static bool processor_has_random(void) {
  uint32_t eax, ebx, ecx, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_RDRND) != 0;
}

// What the processor does not give stays zero; the tender's seed is enough by itself.
static uint32_t processor_random(void) {
  uint32_t value = 0;
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    unsigned char is_valid;
    __asm__ volatile("rdrand %0\n\tsetc %1" : "=r"(value), "=qm"(is_valid) : : "cc");
    if (is_valid) {
      return value;
    }
  }
  return 0;
}

static void start(void) {
  uint32_t processor[PROCESSOR_WORDS] = {0};
  if (processor_has_random()) {
    for (int i = 0; i < PROCESSOR_WORDS; i++) {
      processor[i] = processor_random();
    }
  }
  sl_drbg_init(&generator, tender_seed, processor);
  for (int i = 0; i < SL_DRBG_KEY_WORDS; i++) {
    tender_seed[i] = 0;
  }
  is_started = true;
}

// The generator starts when it is first used: most programs that are over in a millisecond do not
// need it, and asking for the processor's features leaves the machine.
void sl_entropy_fill(void *bytes, size_t count) {
  if (!is_started) {
    start();
  }
  sl_drbg_fill(&generator, bytes, count);
}

// Swift's SystemRandomNumberGenerator comes through here.
void arc4random_buf(void *bytes, size_t count) { sl_entropy_fill(bytes, count); }
