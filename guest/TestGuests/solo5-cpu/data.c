// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What the compiler takes for granted: globals, and a stack that is guarded.
#include "cpu.h"
#include "s5.h"

enum { LARGE = 100000 };

static const uint32_t constants[] = {3, 1, 4, 1, 5, 9, 2, 6};
static uint32_t variables[] = {2, 7, 1, 8, 2, 8};
static const char *texts[] = {"one", "two", "three"};
static uint8_t zeros[LARGE];

static int globals(void) {
  const volatile uint32_t *constant = constants;
  volatile uint32_t *variable = variables;
  const char *volatile *text = texts;
  uint32_t sums[2] = {0, 0};
  for (int i = 0; i < 8; i++) {
    sums[0] = sums[0] * 10 + constant[i];
  }
  for (int i = 0; i < 6; i++) {
    sums[1] = sums[1] * 10 + variable[i];
    variable[i]++;
  }
  int are_zero = 1;
  for (int i = 0; i < LARGE; i++) {
    are_zero &= ((volatile uint8_t *)zeros)[i] == 0;
    ((volatile uint8_t *)zeros)[i] = (uint8_t)i;
  }
  int is_right = sums[0] == 31415926 && sums[1] == 271828 && are_zero && variable[5] == 9 &&
                 s5_equal(text[2], "three") && zeros[LARGE - 1] == (uint8_t)(LARGE - 1);
  return cpu_report("globals", is_right);
}

// All memory that nothing stands in: it is zero, and it can be written.
static int memory(void) {
  enum { STACK = 65536, STEP = 4096 };
  int is_right = 1;
  uint64_t end = s5_boot_info->mem_size - STACK;
  for (uint64_t address = s5_boot_info->kernel_end; address < end; address += STEP) {
    volatile uint64_t *word = (uint64_t *)address;
    is_right &= *word == 0;
    *word = address;
    is_right &= *word == address;
  }
  return cpu_report("memory", is_right);
}

static __attribute__((noinline)) void overrun(volatile uint8_t *bytes, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    bytes[i] = 1;
  }
}

static __attribute__((noinline)) int smash_stack(void) {
  uint8_t bytes[16];
  overrun(bytes, 40);
  return bytes[0];
}

const struct cpu_kind cpu_data_kinds[] = {
    {"globals", globals}, {"memory", memory}, {"stack-smash", smash_stack}, {NULL, NULL}};
