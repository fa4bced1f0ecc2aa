// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>

enum { VECTOR_REGISTERS = 16, VECTOR_SIZE = 32 };

/// The sum of the squares of the numbers from 1 to `count`, with SSE2 in doubles.
uint64_t vector_sse_squares(uint64_t count);

/// The same, eight at a time with AVX in floats; `count` is a multiple
/// of 8 and small.
uint64_t vector_avx_squares(uint64_t count);

/// Loads all XMM or YMM registers from `values`, executes hypercalls, privileged instructions and
/// traps, and stores them in `results`.
void vector_sse_keep(
    const uint8_t values[VECTOR_REGISTERS][VECTOR_SIZE],
    uint8_t results[VECTOR_REGISTERS][VECTOR_SIZE], void *block);
void vector_avx_keep(
    const uint8_t values[VECTOR_REGISTERS][VECTOR_SIZE],
    uint8_t results[VECTOR_REGISTERS][VECTOR_SIZE], void *block);

#endif
