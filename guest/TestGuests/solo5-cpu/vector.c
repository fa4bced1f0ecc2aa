// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Arithmetic in vector registers, and that nothing but the program changes them.
#include "vector.h"

#include "cpu.h"
#include "s5.h"
#include "s5_processor.h"

enum { ROUNDS = 100, XCR0_AVX = 6, NOT_ENABLED = 3 };

static uint8_t values[VECTOR_REGISTERS][VECTOR_SIZE];
static uint8_t results[VECTOR_REGISTERS][VECTOR_SIZE];

static int resume(struct s5_trap *trap, uint64_t vector) {
  (void)trap;
  return vector == 3;
}

static int keeps(
    void (*keep)(const uint8_t[VECTOR_REGISTERS][VECTOR_SIZE],
                 uint8_t[VECTOR_REGISTERS][VECTOR_SIZE], void *),
    int size) {
  static struct hvt_walltime block;
  int is_right = 1;
  s5_trap_hook = resume;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < VECTOR_REGISTERS * VECTOR_SIZE; i++) {
      values[i / VECTOR_SIZE][i % VECTOR_SIZE] = (uint8_t)(i * 7 + round);
    }
    keep(values, results, &block);
    for (int i = 0; i < VECTOR_REGISTERS; i++) {
      for (int j = 0; j < size; j++) {
        is_right &= results[i][j] == values[i][j];
      }
    }
  }
  return is_right;
}

static int sse(void) {
  int is_right = vector_sse_squares(100) == 338350 && vector_sse_squares(10000) == 333383335000;
  return cpu_report("sse", is_right & keeps(vector_sse_keep, 16));
}

static int is_avx_enabled(void) {
  uint32_t eax = 1, ebx, ecx = 0, edx;
  __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
  if ((ecx >> 27 & 3) != 3) {
    return 0;
  }
  __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return (eax & XCR0_AVX) == XCR0_AVX;
}

static int avx(void) {
  if (!is_avx_enabled()) {
    s5_print("avx is not enabled\n");
    return NOT_ENABLED;
  }
  int is_right = vector_avx_squares(24) == 4900 && vector_avx_squares(80) == 173880;
  return cpu_report("avx", is_right & keeps(vector_avx_keep, 32));
}

const struct cpu_kind cpu_vector_kinds[] = {{"sse", sse}, {"avx", avx}, {NULL, NULL}};
