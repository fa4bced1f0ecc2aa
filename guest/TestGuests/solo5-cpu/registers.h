// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

/// One instruction, and a return.
struct registers_case {
  const char *name;
  void (*code)(void);
  uint64_t results;  // bit by bit the registers that it may change
  uint64_t skip;     // the bytes that a trap's handler goes on behind
};

/// Ends with a null name.
extern const struct registers_case registers_cases[];

/// Runs `code` with a value of its own in every register. Returns bit by bit which registers have
/// changed: 0 to 14 are rax, rbx, rcx, rdx, rsi, rdi, rbp, r8 to r15; 15 the flags; 16 the stack.
uint64_t registers_changed(void (*code)(void));

#endif
